use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Default for Counter {
    #[init]
    fn default() -> Self {
        Self
    }
}

fn main() {}
