use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    Red { waiting: u32 },
    Green,
    Amber,
}

#[gen_statem(Light)]
struct Crossing;

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self, Red { waiting: 0 })
    }

    #[cast]
    fn set(&mut self, light: &mut Light, to: Light) {
        *light = to;
    }

    #[cast]
    fn car(&mut self, red: &mut Red) {
        red.waiting += 1;
    }
}

fn main() {}
