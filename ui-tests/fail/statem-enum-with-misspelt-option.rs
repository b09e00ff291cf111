use behaviour::prelude::*;

#[gen_statem(sate)]
enum Light {
    Red,
    Green,
}

fn main() {}
