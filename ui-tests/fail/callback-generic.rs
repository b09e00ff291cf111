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
    fn add<N: Into<i64>>(&mut self, by: N) {
        let _ = by;
    }
}

fn main() {}
