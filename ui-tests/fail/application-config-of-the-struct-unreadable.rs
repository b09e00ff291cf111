use behaviour::prelude::*;

#[application(config("bank.toml"))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
