use behaviour::prelude::*;

use std::time::Duration;

struct Tick;
struct Tock;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[info]
    fn tick(&mut self, _: Tick) {}

    #[cast]
    fn go(&mut self, cx: &mut Context<Self>) {
        cx.send_after(Duration::ZERO, Tock);
    }
}

fn main() {}
