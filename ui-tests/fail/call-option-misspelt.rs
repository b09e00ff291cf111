use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call(latr)]
    fn get(&self) -> i64 {
        0
    }
}

fn main() {}
