use behaviour::prelude::*;

use std::time::Duration;

struct Blink;

#[gen_statem(state)]
enum Light {
    Red,
    Green,
}

#[gen_statem(Light)]
struct Crossing;

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self, Red)
    }

    #[cast]
    fn flip(&mut self, _: Light) -> Light {
        Red.into()
    }

    #[cast]
    fn go(&mut self, _: &Light, cx: &mut Context<Self>) {
        cx.send_after(Duration::from_secs(1), Blink);
    }
}

fn main() {}
