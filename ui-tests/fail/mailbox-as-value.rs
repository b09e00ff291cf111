use behaviour::prelude::*;

#[gen_server(mailbox = 8)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
