use behaviour::prelude::*;

struct Full;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn add(&mut self) -> Result<(), Full> {
        Err(Full)
    }
}

fn main() {}
