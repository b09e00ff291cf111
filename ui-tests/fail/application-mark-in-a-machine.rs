use behaviour::prelude::*;

#[gen_statem(state)]
enum Light {
    #[terminal]
    Red,
}

#[gen_statem(Light)]
struct Crossing;

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Red) {
        (Self, Red)
    }

    #[phase]
    fn open(&self, _: &Light) {}
}

fn main() {}
