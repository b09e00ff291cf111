use behaviour::prelude::*;

#[application]
struct Bank;

fn main() {}
