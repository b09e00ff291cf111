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
    counters.start_temporary(()).permanent().await.unwrap();
}

fn main() {}
