use behaviour::prelude::*;
use behaviour::registry::Registry;

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
struct Audit;

#[gen_server]
impl Audit {
    #[init]
    fn init() -> Self {
        Self
    }
}

static ACCOUNTS: Registry<u64, Account> = Registry::new();

fn main() {
    let _ = Audit::start().via(&ACCOUNTS, 7);
}
