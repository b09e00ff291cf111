use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn counter(&self, bank: &CounterClient) -> Child<Counter> {
        let _ = bank;
        Counter::child()
    }
}

fn main() {}
