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

    #[cast]
    fn flip(&mut self, _: Light) -> Light {
        Red.into()
    }

    #[call(later)]
    fn go(&mut self, _: &Light, reply: Reply<u32>, cx: &mut Context<Self>) -> Later {
        cx.postpone();
        reply.send(1)
    }
}

fn main() {}
