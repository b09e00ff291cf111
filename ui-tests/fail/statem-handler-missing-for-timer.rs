use behaviour::prelude::*;

use std::time::Duration;

struct KeepAlive;

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

    #[enter]
    fn lamp(&mut self, _: &Light, cx: &mut Context<Self>) {
        cx.timer(KeepAlive, Duration::from_secs(30));
    }
}

fn main() {}
