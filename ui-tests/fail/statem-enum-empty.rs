use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {}

fn main() {}
