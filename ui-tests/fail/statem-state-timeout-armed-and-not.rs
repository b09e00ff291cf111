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
    fn go(&mut self, _: Red) -> Green {
        Green
    }

    #[state_timeout]
    fn halt(&mut self, _: Green) -> Red {
        Red
    }

    #[cast]
    fn soon(&mut self, _: &Light, cx: &mut Context<Self>) {
        cx.state_timeout(std::time::Duration::ZERO);
    }
}

fn main() {}
