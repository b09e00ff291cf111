use behaviour::prelude::*;

#[gen_statem(state)]
#[derive(Default)]
enum Light {
    #[default]
    Red,
    #[default]
    Green,
}

fn main() {}
