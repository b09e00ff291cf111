use behaviour::prelude::*;

#[gen_statem(state, state)]
enum Light {
    Red,
    Green,
}

fn main() {}
