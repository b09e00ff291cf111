use behaviour::prelude::*;

#[gen_statem(Light)]
enum Light {
    Red,
    Green,
}

fn main() {}
