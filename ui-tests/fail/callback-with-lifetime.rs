use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn get<'a>(&'a self) -> i64 {
        0
    }
}

fn main() {}
