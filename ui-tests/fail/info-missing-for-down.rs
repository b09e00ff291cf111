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
    fn go(&mut self, pid: Pid, cx: &mut Context<Self>) {
        cx.monitor(pid);
    }
}

fn main() {}
