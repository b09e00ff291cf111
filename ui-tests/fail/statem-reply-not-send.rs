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

    #[call(else = postpone)]
    fn go(&mut self, _: Red) -> (Green, Rc<str>) {
        (Green, "go".into())
    }
}

fn main() {}
