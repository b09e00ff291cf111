use behaviour::prelude::*;

#[gen_server(intensity = 3)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
