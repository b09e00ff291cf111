#![deny(unused_must_use)]

use behaviour::prelude::*;

struct Alarm;

#[gen_event(Alarm)]
struct Log;

#[gen_event(Alarm)]
impl Log {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &Alarm) {}

    #[call]
    fn seen(&self) -> u64 {
        1
    }
}

async fn ask(log: LogClient) {
    log.seen();
}

fn main() {}
