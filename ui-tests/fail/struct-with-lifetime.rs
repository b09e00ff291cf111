use behaviour::prelude::*;

#[gen_server]
struct Parser<'a> {
    text: &'a str,
}

fn main() {}
