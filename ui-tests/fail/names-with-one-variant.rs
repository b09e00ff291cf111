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
    fn add_one(&mut self) {}

    #[cast]
    fn add__one(&mut self) {}
}

fn main() {}
