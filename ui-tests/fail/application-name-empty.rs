use behaviour::prelude::*;

#[application(name = "")]
struct Bank;

#[application]
impl Bank {}

fn main() {}
