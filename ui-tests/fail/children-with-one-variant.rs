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
    #[child]
    fn back_office(&self) -> Child<Account> {
        Account::child()
    }

    #[child]
    fn back__office(&self) -> Child<Account> {
        Account::child()
    }
}

fn main() {}
