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

#[supervisor(one_for_one, one_for_all)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn counter(&self) -> Child<Counter> {
        Counter::child()
    }
}

fn main() {}
