use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[terminate]
    fn close(&mut self, reason: ExitReason, more: u8) {
        let _ = (reason, more);
    }
}

fn main() {}
