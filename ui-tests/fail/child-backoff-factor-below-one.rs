use behaviour::prelude::*;

#[gen_server]
pub struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init() -> Self {
        Self
    }
}

#[supervisor(one_for_one)]
pub struct Bank;

#[supervisor]
impl Bank {
    #[child(backoff(initial = 2s, factor = 0.5))]
    fn vault(&self) -> Child<Account> {
        Account::child()
    }
}

fn main() {}
