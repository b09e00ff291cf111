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
    fn add(&mut self, #[cfg(unix)] by: i64) {
        let _ = by;
    }
}

fn main() {}
