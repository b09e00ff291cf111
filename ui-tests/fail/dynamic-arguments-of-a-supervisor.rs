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
    fn counter(&self) -> Child<Counter> {
        Counter::child()
    }
}

async fn start() {
    let banks = DynamicSupervisor::<Bank>::start().await.unwrap();
    banks.start_child(Bank).await.unwrap();
}

fn main() {}
