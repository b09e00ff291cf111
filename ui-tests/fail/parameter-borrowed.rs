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
    fn rename(&mut self, name: &str) {
        let _ = name;
    }
}

fn main() {}
