use behaviour::prelude::*;

#[gen_server(mailbox(when_full = reject))]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
