use behaviour::prelude::*;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call(later)]
    fn wait(&mut self, goal: u64) -> Later {
        let _ = goal;
        Later
    }
}

fn main() {}
