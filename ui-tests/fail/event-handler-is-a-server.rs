use behaviour::prelude::*;

struct Alarm;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

async fn look(alarms: EventManagerClient<Alarm>) {
    let _ = alarms.handler::<Counter>();
}

fn main() {}
