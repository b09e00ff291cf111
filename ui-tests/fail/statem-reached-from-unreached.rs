use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red,
    Green,
    Amber,
    Dark,
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

    #[state_timeout(20s)]
    fn halt(&mut self, _: Green) -> Red {
        Red
    }

    #[cast(fail, else = ignore)]
    fn blink(&mut self, _: Amber) -> Dark {
        Dark
    }

    #[cast(mend, else = ignore)]
    fn mend(&mut self, _: Dark) -> Amber {
        Amber
    }
}

fn main() {}
