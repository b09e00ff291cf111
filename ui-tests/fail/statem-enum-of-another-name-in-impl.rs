use behaviour::prelude::*;

#[gen_statem(state)]
enum Door {
    Open,
}

#[gen_statem(state)]
enum Light {
    Red,
    Green,
}

#[gen_statem(Light)]
struct Crossing;

#[gen_statem(Door)]
impl Crossing {
    #[init]
    fn init() -> (Self, Open) {
        (Self, Open)
    }

    #[cast]
    fn open(&mut self, _: &Open) {}
}

fn main() {}
