use behaviour::prelude::*;

use std::cell::Cell;

#[gen_statem(state)]
enum Light {
    Red,
    Green { cars: Cell<u32> },
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
    async fn go(&mut self, _: &Light) {
        std::future::ready(()).await;
    }
}

fn main() {}
