use behaviour::prelude::*;

#[application]
struct Bank<S>(S);

fn main() {}
