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

    #[cast(else = ignore)]
    fn car(&mut self, _: &mut Green) {}
}

fn main() {}
