use behaviour::prelude::*;

struct Bank;

#[application]
impl Bank {}

fn main() {}
