use behaviour::prelude::*;

#[gen_server(name = counter)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
