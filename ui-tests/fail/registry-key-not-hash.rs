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

/// Where an account is kept; it can be compared, but not hashed.
#[derive(Clone, PartialEq, Eq)]
struct Place(u64);

static ACCOUNTS: Registry<Place, Account> = Registry::new();

fn main() {}
