use std::cell::Cell;

use behaviour::prelude::*;

#[gen_event(Cell<u8>)]
struct Log;

#[gen_event(Cell<u8>)]
impl Log {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &Cell<u8>) {}
}

fn main() {}
