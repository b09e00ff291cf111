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
}

fn send(counter: &CounterClient) {
    counter.send(Tick);
}

fn main() {}
