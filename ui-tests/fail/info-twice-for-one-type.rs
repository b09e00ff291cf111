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
    fn tick(&mut self, _: Tick) {}

    #[info]
    fn tock(&mut self, _: Tick) {}
}

fn main() {}
