use behaviour::prelude::*;

#[application(depends(5))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
