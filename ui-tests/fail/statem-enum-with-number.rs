use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red = 1,
    Green,
}

fn main() {}
