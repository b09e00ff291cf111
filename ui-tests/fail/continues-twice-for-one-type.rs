use behaviour::prelude::*;

struct Warm;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[continues]
    fn warm(&mut self, _: Warm) {}

    #[continues]
    fn hot(&mut self, _: Warm) {}
}

fn main() {}
