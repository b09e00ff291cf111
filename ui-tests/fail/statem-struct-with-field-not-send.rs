use behaviour::prelude::*;

use std::rc::Rc;

#[gen_statem(state)]
enum Light {
    Red,
    Green,
}

#[gen_statem(Light)]
struct Crossing {
    name: Rc<str>,
}

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self { name: "crossing".into() }, Red)
    }

    #[cast]
    fn flip(&mut self, _: Light) -> Light {
        Red.into()
    }
}

fn main() {}
