use behaviour::prelude::*;

#[gen_statem(state)]
enum Door {
    Locked,
    Open,
    Broken,
}

#[gen_statem(Door)]
struct Lock;

#[gen_statem(Door)]
impl Lock {
    #[init]
    fn init() -> (Self, Locked) {
        (Self, Locked)
    }

    #[call(press)]
    fn unlock(&mut self, _: Locked) -> (Open, bool) {
        (Open, true)
    }

    #[call(press)]
    fn close(&mut self, _: Open) -> (Next<(Locked, Broken)>, bool) {
        (Next::to(Locked), false)
    }

    #[cast(else = ignore)]
    fn mend(&mut self, _: Broken) -> Locked {
        Locked
    }
}

fn main() {}
