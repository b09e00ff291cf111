use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red { waiting: },
    Green,
}

fn main() {}
