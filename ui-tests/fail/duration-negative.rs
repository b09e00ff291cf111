use behaviour::prelude::*;

#[gen_server(call_timeout = -5s)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
