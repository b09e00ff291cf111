use behaviour::prelude::*;

#[application(shutdown_timeout = 0s)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
