use behaviour::prelude::*;

use std::time::Duration;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn go(&mut self, cx: &mut Context<Self>) {
        cx.timeout(Duration::ZERO);
    }
}

fn main() {}
