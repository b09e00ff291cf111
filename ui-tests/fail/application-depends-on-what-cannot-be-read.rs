use behaviour::prelude::*;

#[application(config)]
struct Metrics;

#[application]
impl Metrics {}

#[application(depends(Metrics))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
