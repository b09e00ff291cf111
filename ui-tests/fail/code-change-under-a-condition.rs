use behaviour::prelude::*;

#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
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

    #[cfg(test)]
    #[code_change]
    fn replace(_old: &mut Account) -> Self {
        Self
    }
}

fn main() {}
