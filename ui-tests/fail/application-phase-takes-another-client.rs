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

#[application(phases(open))]
struct Bank;

#[application]
impl Bank {
    #[start]
    fn start(&self) -> Child<Account> {
        Account::child()
    }

    #[phase]
    fn open(&self, _name: &str) {}
}

fn main() {}
