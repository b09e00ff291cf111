use behaviour::prelude::*;

#[supervisor(one_for_one)]
struct Bank;

fn main() {}
