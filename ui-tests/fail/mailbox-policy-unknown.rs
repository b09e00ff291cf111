use behaviour::prelude::*;

#[gen_server(mailbox(capacity = 8, when_full = drop_oldst))]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
