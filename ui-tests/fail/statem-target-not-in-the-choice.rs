use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red,
    Green,
    Amber,
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

    #[state_timeout(30s)]
    fn go(&mut self, _: Red) -> Next<(Red, Green)> {
        Next::to(Amber)
    }
}

fn main() {}
