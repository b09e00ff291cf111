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

#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn vault(&self) -> Child<Account> {
        Account::child()
    }

    #[stop]
    fn stop(&self) {}
}

fn main() {}
