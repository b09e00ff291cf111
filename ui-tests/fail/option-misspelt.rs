use behaviour::prelude::*;

#[gen_server(call_timeuot = 3s)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
