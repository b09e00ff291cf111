use std::rc::Rc;

use behaviour::prelude::*;

#[gen_server]
trait Account {
    #[call]
    fn balance(&self) -> u64;
}

struct Savings(Rc<u64>);

impl Account for Savings {
    fn balance(&self) -> u64 {
        *self.0
    }
}

fn main() {}
