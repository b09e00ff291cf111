use behaviour::prelude::*;

use std::rc::Rc;

#[gen_server]
struct Counter {
    name: Rc<str>,
}

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self { name: "counter".into() }
    }
}

fn main() {}
