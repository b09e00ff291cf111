use behaviour::prelude::*;

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

    #[state_timeout(30s)]
    fn go(&mut self, _: Red) -> Green {
        Green
    }

    #[cast]
    fn car(&mut self, _: &Light) {}
}

fn main() {}
