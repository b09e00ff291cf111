use behaviour::prelude::*;

#[gen_statem(state)]
#[derive(Default)]
enum Light {
    Red,
    Green,
}

fn main() {}
