use behaviour::prelude::*;

#[behaviour]
struct Words;

fn main() {}
