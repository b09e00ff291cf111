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

    #[cast]
    fn rename(&mut self, name: Rc<str>) {
        drop(name);
    }
}

fn main() {}
