use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server(name = "counter")]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
