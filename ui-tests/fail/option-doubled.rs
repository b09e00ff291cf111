use behaviour::prelude::*;

#[gen_server(name = "a", name = "b")]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
