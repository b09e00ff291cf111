use behaviour::prelude::*;

#[application]
struct Bank;

#[application(name = "bank")]
impl Bank {}

fn main() {}
