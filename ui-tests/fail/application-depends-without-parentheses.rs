use behaviour::prelude::*;

#[application]
#[derive(Default)]
struct Metrics;

#[application]
impl Metrics {}

#[application(depends = Metrics)]
struct Bank;

#[application]
impl Bank {}

fn main() {}
