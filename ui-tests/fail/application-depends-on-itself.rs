use behaviour::prelude::*;

#[application(depends(Bank))]
struct Bank;

#[application]
impl Bank {}

fn main() {}
