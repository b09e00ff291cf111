use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Light,
    Dark,
}

fn main() {}
