use behaviour::prelude::*;

#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn balance(&self) -> u64 {
        0
    }

    #[call]
    fn rate(&self) -> u64 {
        0
    }
}

#[gen_server]
struct Premium;

#[gen_server]
impl Premium {
    #[init]
    fn init() -> Self {
        Self
    }

    #[code_change]
    fn replace(_: &mut Account) -> Self {
        Self
    }

    #[call]
    fn balance(&self) -> u64 {
        0
    }
}

fn main() {}
