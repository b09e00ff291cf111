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
    fn go(&mut self, cx: &mut Context<Self>) {
        cx.trap_exit(true);
    }
}

fn main() {}
