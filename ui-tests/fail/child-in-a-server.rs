use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[child]
    fn counter(&self) -> Child<Counter> {
        Counter::child()
    }
}

fn main() {}
