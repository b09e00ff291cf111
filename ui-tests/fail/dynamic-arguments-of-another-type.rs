use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init(start: u64) -> Self {
        drop(start);
        Self
    }
}

async fn start() {
    let counters = DynamicSupervisor::<Counter>::start().await.unwrap();
    counters.start_child("40").await.unwrap();
}

fn main() {}
