use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red,
    Green,
}

#[gen_statem(Light)]
struct Crossing;

fn main() {}
