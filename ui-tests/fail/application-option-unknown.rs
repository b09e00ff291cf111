use behaviour::prelude::*;

#[application(dependson(Metrics))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
