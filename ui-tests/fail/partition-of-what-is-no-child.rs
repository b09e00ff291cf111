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

fn start() {
    let _ = PartitionSupervisor::<Counter>::start(4, |_| Counter::start());
}

fn main() {}
