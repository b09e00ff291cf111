use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init(&self) -> Self {
        Self
    }
}

fn main() {}
