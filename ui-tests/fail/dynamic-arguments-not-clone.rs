use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init(start: Ticket) -> Self {
        drop(start);
        Self
    }
}

struct Ticket;

async fn start() {
    let counters = DynamicSupervisor::<Counter>::start().await.unwrap();
    counters.start_child(Ticket).await.unwrap();
}

fn main() {}
