use behaviour::prelude::*;

#[gen_server(mailbox(capacity = 0))]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
