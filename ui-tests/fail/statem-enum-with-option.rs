use behaviour::prelude::*;

#[gen_statem(state, name = "light")]
enum Light {
    Red,
    Green,
}

fn main() {}
