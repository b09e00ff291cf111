use behaviour::prelude::*;

#[gen_server(call_timeout = 5)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
