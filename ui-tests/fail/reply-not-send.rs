use behaviour::prelude::*;

use std::rc::Rc;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn name(&self) -> Rc<str> {
        "counter".into()
    }
}

fn main() {}
