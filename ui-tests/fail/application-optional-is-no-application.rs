use behaviour::prelude::*;

struct Metrics;

#[application(optional(Metrics))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
