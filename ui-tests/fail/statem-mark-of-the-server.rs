use behaviour::prelude::*;

struct Warm;

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

    #[continues]
    fn warm(&mut self, _: &Light, _: Warm) {}
}

fn main() {}
