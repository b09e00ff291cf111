use behaviour::prelude::*;

#[application(config = 5)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
