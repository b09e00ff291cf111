use behaviour::prelude::*;

struct Tick;

#[gen_server]
struct Account {
    cents: u64,
}

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self { cents: 0 }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[info]
    fn down(&mut self, down: Down) {
        let _ = down;
    }

    #[info]
    fn tick(&mut self, tick: Tick) {
        let Tick = tick;
    }
}

#[gen_server]
struct Premium {
    cents: u64,
}

#[gen_server]
impl Premium {
    #[init]
    fn init() -> Self {
        Self { cents: 0 }
    }

    #[code_change]
    fn replace(old: &mut Account) -> Self {
        Self { cents: old.cents }
    }

    #[cast]
    fn balance(&mut self) {}

    #[call]
    fn deposit(&mut self, cents: u64) -> u64 {
        self.cents += cents;
        self.cents
    }

    #[cast]
    fn down(&mut self, down: Down) {
        let _ = down;
    }

    #[call(later)]
    fn tick(&mut self, reply: Reply<u64>, tick: Tick) -> Later {
        let Tick = tick;
        reply.send(1)
    }
}

fn main() {}
