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

#[application]
struct Bank;

#[application]
impl Bank {
    #[start]
    fn start(&self) -> Result<Child<Account>, u32> {
        Ok(Account::child())
    }
}

fn main() {}
