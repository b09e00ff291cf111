use behaviour::prelude::*;

#[gen_statem]
enum Light {
    Red,
    Green,
}

fn main() {}
