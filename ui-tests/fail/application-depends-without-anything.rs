use behaviour::prelude::*;

#[application(depends)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
