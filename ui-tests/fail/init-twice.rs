use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[init]
    fn other(_: i64) -> Self {
        Self
    }
}

fn main() {}
