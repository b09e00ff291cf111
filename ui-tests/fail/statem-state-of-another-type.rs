use behaviour::prelude::*;

mod other {
    pub struct Red;
}

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

    #[cast(else = ignore)]
    fn go(&mut self, _: &other::Red) {}
}

fn main() {}
