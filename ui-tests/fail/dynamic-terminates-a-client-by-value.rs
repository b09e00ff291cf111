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
    let counters = DynamicSupervisor::<Counter>::start().await.unwrap();
    let counter = counters.start_child(()).await.unwrap();
    counters.terminate_child(counter).await.unwrap();
}

fn main() {}
