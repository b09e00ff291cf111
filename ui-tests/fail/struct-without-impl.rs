use behaviour::prelude::*;

#[gen_server]
struct Counter;

fn main() {}
