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
    #[cast]
    fn flip(&mut self, _: Light) -> Light {
        Red.into()
    }
}

fn main() {}
