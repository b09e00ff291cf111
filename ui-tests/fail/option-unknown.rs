use behaviour::prelude::*;

#[gen_server(restart_after = 3s)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
