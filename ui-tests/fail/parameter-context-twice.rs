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
    fn go(&mut self, cx: &mut Context<Self>, more: &mut Context<Self>) {
        let _ = (cx, more);
    }
}

fn main() {}
