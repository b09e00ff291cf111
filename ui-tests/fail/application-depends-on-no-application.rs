use behaviour::prelude::*;

#[derive(Default)]
struct Metrics;

#[application(depends(Metrics))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
