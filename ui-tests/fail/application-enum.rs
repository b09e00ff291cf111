use behaviour::prelude::*;

#[application]
enum Bank {}

fn main() {}
