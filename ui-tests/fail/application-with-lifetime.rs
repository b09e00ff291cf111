use behaviour::prelude::*;

#[application]
struct Bank<'a>(&'a str);

fn main() {}
