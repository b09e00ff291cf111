use behaviour::prelude::*;

struct Frozen;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Result<Self, Frozen> {
        Ok(Self)
    }
}

fn main() {}
