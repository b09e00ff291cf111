use behaviour::prelude::*;

struct Why;

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

    #[state_timeout]
    fn go(&mut self, _: &Light, _: Why, _: u32) {}
}

fn main() {}
