use behaviour::prelude::*;

#[gen_server(inline = no)]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }
}

fn main() {}
