use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red,
    #[terminal(all)]
    Green,
}

fn main() {}
