use behaviour::prelude::*;

#[gen_statem(state = Light)]
enum Light {
    Red,
    Green,
}

fn main() {}
