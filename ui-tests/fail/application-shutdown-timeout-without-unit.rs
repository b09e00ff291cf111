use behaviour::prelude::*;

#[application(shutdown_timeout = 30)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
