use behaviour::prelude::*;

#[application]
struct Bank {
    opening: std::cell::Cell<u64>,
}

#[application]
impl Bank {}

fn main() {}
