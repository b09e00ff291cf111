use behaviour::prelude::*;

use std::rc::Rc;

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
    async fn go(&mut self, _: &Light) {
        let name: Rc<str> = "crossing".into();
        std::future::ready(()).await;
        drop(name);
    }
}

fn main() {}
