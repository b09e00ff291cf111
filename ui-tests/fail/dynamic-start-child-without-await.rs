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

async fn start() {
    #![deny(unused_must_use)]
    let counters = DynamicSupervisor::<Counter>::start().await.unwrap();
    counters.start_child(());
}

fn main() {}
