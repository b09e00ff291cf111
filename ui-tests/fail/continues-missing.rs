use behaviour::prelude::*;

struct Warm;

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
        cx.continue_with(Warm);
    }
}

fn main() {}
