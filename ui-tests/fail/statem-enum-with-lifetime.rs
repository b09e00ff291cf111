use behaviour::prelude::*;

#[gen_statem(state)]
enum Light<'a> {
    Red { name: &'a str },
}

fn main() {}
