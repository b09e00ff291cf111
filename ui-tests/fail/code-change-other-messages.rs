use behaviour::prelude::*;

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

    #[call]
    fn balance(&self) -> i64 {
        0
    }

    #[cast]
    fn deposit(&mut self, amount: u64) {
        self.cents += amount;
    }
}

fn main() {}
