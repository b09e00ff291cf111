use behaviour::prelude::*;

#[application(intensity = 3)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
