//! Dynamic supervisors: children that come and go one by one (otp.md 11.6).

use behaviour::prelude::*;
use behaviour::supervisor::StartChildError;

/// Money.
#[gen_server]
struct Account {
    cents: u64,
}

#[gen_server]
impl Account {
    #[init]
    fn init(cents: u64) -> Self {
        Self { cents }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }
}

/// A dynamic supervisor as a child.
#[supervisor(one_for_one)]
struct Bank;

#[supervisor]
impl Bank {
    #[child]
    fn accounts(&self) -> Child<DynamicSupervisor<Account>> {
        DynamicSupervisor::child().max_children(1)
    }
}

// XDS-01
#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_is_a_child_like_any_other() {
    let bank = Bank.start().await.unwrap();
    let accounts = bank.accounts();
    assert_eq!(accounts.count_children().await.unwrap().specs, 0);
    let account = accounts.start_child(25).await.unwrap();
    account.deposit(1);
    assert_eq!(account.balance().await, Ok(26));
    account.kill();
    assert_eq!(account.balance().await, Ok(25));
    assert_eq!(accounts.start_child(25).await, Err(StartChildError::MaxChildren));
    accounts.terminate_child(&account).await.unwrap();
    assert_eq!(account.balance().await, Err(CallError::NoProcess));
    bank.stop().await.unwrap();
}
