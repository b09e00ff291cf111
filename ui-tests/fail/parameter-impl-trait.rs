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
    fn add(&mut self, by: impl Into<i64>) {
        let _ = by;
    }
}

fn main() {}
