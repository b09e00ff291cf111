use behaviour::prelude::*;

#[gen_server]
enum Light {
    Red,
}

fn main() {}
