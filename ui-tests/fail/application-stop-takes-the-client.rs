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
    fn start(&self) -> Child<Account> {
        Account::child()
    }

    #[stop]
    fn stop(&self, _client: &AccountClient) {}
}

fn main() {}
