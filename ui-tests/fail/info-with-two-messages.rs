use behaviour::prelude::*;

struct Tick;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[info]
    fn tick(&mut self, _: Tick, _count: u8) {}
}

fn main() {}
