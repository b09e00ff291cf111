use behaviour::prelude::*;

#[application(name = "My Bank")]
struct Bank;

#[application]
impl Bank {}

fn main() {}
