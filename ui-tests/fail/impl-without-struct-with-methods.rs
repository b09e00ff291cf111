use behaviour::prelude::*;

struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn get(&self) -> i64 {
        0
    }
}

fn main() {}
