use behaviour::prelude::*;

struct Other;

#[gen_server]
struct Counter;

#[gen_server]
impl Counter {
    #[init]
    fn init() -> Self {
        Self
    }

    #[cast]
    fn go(&mut self, cx: &mut Context<Other>) {
        let _ = cx;
    }
}

fn main() {}
