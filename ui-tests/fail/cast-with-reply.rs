use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn add(&mut self, by: i64) -> i64 {
        by
    }
}

fn main() {}
