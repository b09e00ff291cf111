use behaviour::prelude::*;

enum Light {
    Red,
    Green,
}

use Light::*;

#[gen_statem(Light)]
struct Crossing;

#[gen_statem(Light)]
impl Crossing {
    #[init]
    fn init() -> (Self, Light) {
        (Self, Red)
    }
}

fn main() {}
