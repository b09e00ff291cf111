use behaviour::prelude::*;

#[application]
struct Bank {
    opening: u64,
}

#[application]
impl Bank {}

fn main() {
    behaviour::run(Bank::configured());
}
