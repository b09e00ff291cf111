use behaviour::prelude::*;

use std::borrow::Cow;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn rename(&mut self, name: Cow<'_, str>) {
        drop(name);
    }
}

fn main() {}
