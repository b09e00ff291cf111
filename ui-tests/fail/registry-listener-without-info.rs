use behaviour::prelude::*;
use behaviour::registry::Registry;

static ACCOUNTS: Registry<u64, Account> = Registry::new();

#[gen_server]
struct Account;

#[gen_server]
impl Account {
    #[init]
    fn init(cx: &mut Context<Self>) -> Self {
        ACCOUNTS.subscribe(&cx.client());
        Self
    }
}

fn main() {}
