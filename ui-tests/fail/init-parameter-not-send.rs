use behaviour::prelude::*;

use std::rc::Rc;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init(name: Rc<str>) -> Self {
        drop(name);
        Self
    }
}

fn main() {}
