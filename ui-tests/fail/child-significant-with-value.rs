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

#[supervisor(one_for_one, auto_shutdown = any_significant)]
pub struct Bank;

#[supervisor]
impl Bank {
    #[child(transient, significant = true)]
    fn vault(&self) -> Child<Account> {
        Account::child()
    }
}

fn main() {}
