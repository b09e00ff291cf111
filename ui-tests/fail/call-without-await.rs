use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn get(&self) -> i64 {
        0
    }
}

#[deny(warnings)]
async fn ask(counter: CounterClient) {
    counter.get();
}

fn main() {}
