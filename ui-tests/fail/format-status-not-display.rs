use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[format_status]
    fn status(&self) -> Vec<u8> {
        Vec::new()
    }
}

fn main() {}
