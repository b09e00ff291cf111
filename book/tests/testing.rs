//! The tests on the page about tests.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::Registry;
use behaviour::testing::{Reports, settle};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_hours(365 * 24);

// ANCHOR: account
/// Money. An account that nobody looks at for a year is closed.
#[gen_server]
struct Account {
    cents: u64,
}

#[gen_server]
impl Account {
    #[init]
    fn init(cx: &mut Context<Self>, cents: u64) -> Self {
        cx.timeout(YEAR);
        Self { cents }
    }

    /// The money in it.
    #[call]
    fn balance(&self, cx: &mut Context<Self>) -> u64 {
        cx.timeout(YEAR);
        self.cents
    }

    /// Takes money out.
    #[call]
    fn withdraw(&mut self, cents: u64) {
        self.cents = self.cents.checked_sub(cents).expect("overdrawn");
    }

    /// Puts money in.
    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[info]
    fn close(&mut self, cx: &mut Context<Self>, _: Timeout) {
        cx.stop(ExitReason::Normal);
    }
}
// ANCHOR_END: account

// ANCHOR: time
#[behaviour::test(start_paused = true)]
async fn an_account_that_nobody_looks_at_is_closed_after_a_year() {
    let opened = Instant::now();
    let account = Account::start(100).await.unwrap();
    assert_eq!(account.ended().await, ExitReason::Normal);
    assert_eq!(opened.elapsed(), YEAR);
}
// ANCHOR_END: time

// ANCHOR: process
#[behaviour::test]
async fn whoever_is_linked_to_an_account_hears_that_it_is_overdrawn(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let account = Account::start_link(100).await.unwrap();
    assert!(account.withdraw(900).await.is_err());

    let exit = inbox.exit_of(account.pid()).await;
    let ExitReason::Panic(panic) = exit.reason else { panic!("{}", exit.reason) };
    assert_eq!(panic.message(), "overdrawn");
}
// ANCHOR_END: process

// ANCHOR: kill
#[behaviour::test]
async fn a_killed_account_is_down(mut inbox: Inbox<()>) {
    let account = Account::start(100).await.unwrap();
    let monitor = account.monitor();
    account.kill();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Killed);
    assert_eq!(account.balance().await, Err(CallError::NoProcess));
}
// ANCHOR_END: kill

// ANCHOR: restart
/// The bank.
#[supervisor(one_for_one)]
struct Bank {
    opening: u64,
}

#[supervisor]
impl Bank {
    /// Where the money is.
    #[child]
    fn vault(&self) -> Child<Account> {
        Account::child(self.opening)
    }
}

#[behaviour::test]
async fn a_killed_vault_is_opened_again_with_what_was_in_it_at_first() {
    let bank = Bank { opening: 100 }.start().await.unwrap();
    let vault = bank.vault();
    vault.deposit(50);
    assert_eq!(vault.balance().await, Ok(150));

    let (first, ended) = (vault.pid(), vault.ended());
    vault.kill();
    assert_eq!(ended.await, ExitReason::Killed);
    assert_eq!(vault.balance().await, Ok(100)); // waits for the next one
    assert_ne!(vault.pid(), first);
}
// ANCHOR_END: restart

// ANCHOR: settle
#[behaviour::test(start_paused = true)]
async fn a_deposit_ends_nobody(mut inbox: Inbox<()>) {
    let account = Account::start(100).await.unwrap();
    account.monitor();
    account.deposit(50);
    settle().await;
    assert!(inbox.try_next().is_none());
}
// ANCHOR_END: settle

// ANCHOR: reports
#[behaviour::test]
async fn a_crash_is_told() {
    let reports = Reports::listen();
    let account = Account::start(100).await.unwrap();
    assert!(account.withdraw(900).await.is_err());

    let report = reports.complaint();
    assert_eq!((report.topic(), report.message()), ("process", "crashed"));
    assert_eq!(report.field("reason"), "panicked: overdrawn");
}
// ANCHOR_END: reports

// ANCHOR: suspend
#[behaviour::test(start_paused = true)]
async fn who_gives_up_waiting_leaves_the_account_as_it_is() {
    let account = Account::start(100).await.unwrap();
    account.sys().suspend().await.unwrap();

    account.deposit(50);
    assert_eq!(account.balance().within(SECOND).await, Err(CallError::Timeout));
    assert_eq!(account.mailbox_len(), 2);
    assert_eq!(account.sys().get_state(|account| account.cents).await, Ok(100));

    account.sys().resume().await.unwrap();
    assert_eq!(account.balance().await, Ok(150));
}
// ANCHOR_END: suspend

// ANCHOR: registry
#[behaviour::test]
async fn an_account_is_found_by_its_owner() {
    let accounts = Registry::<&str, Account>::new();
    let account = accounts.at("ada");
    assert_eq!(account.balance().await, Err(CallError::NoProcess));

    Account::start(100).via(&accounts, "ada").await.unwrap();
    assert_eq!(account.balance().await, Ok(100));
}
// ANCHOR_END: registry
