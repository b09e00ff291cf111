use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &u64) {}
}

fn main() {}
