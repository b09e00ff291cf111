//! `#[gen_server]` on a trait: several implementations behind one client, whoever is behind it.
//!
//! The accounts of this file are of three kinds: one that keeps the money itself, one that asks a bank for it, and one
//! that a test wrote.

#![deny(missing_docs)]

use std::fmt::{self, Display};
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::registry::Registry;

const SECOND: Duration = Duration::from_secs(1);

/// There is less money than was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Overdrawn;

impl Display for Overdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("less money than that")
    }
}

impl std::error::Error for Overdrawn {}

/// Sent when a day is over.
#[derive(Clone)]
pub struct DayIsOver;

/// Said by an account to itself.
pub struct Booked(u64);

/// What an account can be asked.
#[gen_server(call_timeout = 2s, mailbox(capacity = 3))]
pub trait Account {
    /// The money in it.
    #[call]
    fn balance(&self) -> u64;

    /// Takes money out and tells what is left.
    #[call]
    async fn withdraw(&mut self, cents: u64) -> Result<u64, Overdrawn>;

    /// Puts money in.
    #[cast]
    fn deposit(&mut self, cx: &mut Context<AccountServer>, cents: u64);

    /// Tells its name; an account without one is an account.
    #[call]
    fn title(&self) -> String {
        "account".to_owned()
    }

    /// Takes all the money out.
    #[call]
    async fn empty(&mut self) -> Result<u64, Overdrawn> {
        let all = self.balance();
        self.withdraw(all).await?;
        Ok(all)
    }

    /// Waits until the money is there.
    #[call(later)]
    fn reaches(&mut self, reply: Reply<u64>, goal: u64) -> Later {
        drop((reply, goal));
        Later
    }

    /// Pays what a day costs; who cannot is closed.
    #[info]
    fn day_is_over(&mut self, _: DayIsOver) -> Result<(), Overdrawn> {
        Ok(())
    }

    /// Hears that money was booked.
    #[continues]
    fn booked(&mut self, Booked(cents): Booked) {
        let _ = cents;
    }

    /// Says good-bye.
    #[terminate]
    async fn close(&mut self, reason: ExitReason) {
        let _ = reason;
    }

    /// A helper, which is no callback.
    fn twice(&self, cents: u64) -> u64 {
        cents * 2
    }
}

/// Who waits for how much.
type Goals = Vec<(u64, Reply<u64>)>;

/// Keeps the money itself.
#[derive(Clone, Debug, Default)]
struct Savings {
    cents: u64,
    goals: Arc<Mutex<Goals>>,
    closed: Arc<Mutex<Option<ExitReason>>>,
}

impl Savings {
    fn new(cents: u64) -> Self {
        Self { cents, ..Self::default() }
    }

    fn open(cents: u64) -> Result<Self, Overdrawn> {
        if cents == 0 { Err(Overdrawn) } else { Ok(Self::new(cents)) }
    }
}

impl Account for Savings {
    fn balance(&self) -> u64 {
        self.cents
    }

    async fn withdraw(&mut self, cents: u64) -> Result<u64, Overdrawn> {
        self.cents = self.cents.checked_sub(cents).ok_or(Overdrawn)?;
        Ok(self.cents)
    }

    fn deposit(&mut self, cx: &mut Context<AccountServer>, cents: u64) {
        assert!(cents > 0, "no money");
        cx.continue_with(Booked(cents));
    }

    fn reaches(&mut self, reply: Reply<u64>, goal: u64) -> Later {
        self.goals.lock().unwrap().push((goal, reply));
        Later
    }

    fn day_is_over(&mut self, _: DayIsOver) -> Result<(), Overdrawn> {
        self.cents = self.cents.checked_sub(1).ok_or(Overdrawn)?;
        Ok(())
    }

    fn booked(&mut self, Booked(cents): Booked) {
        self.cents += cents;
        for (_, reply) in self.goals.lock().unwrap().extract_if(.., |(goal, _)| *goal <= self.cents) {
            reply.send(self.cents);
        }
    }

    async fn close(&mut self, reason: ExitReason) {
        tokio::task::yield_now().await;
        *self.closed.lock().unwrap() = Some(reason);
    }
}

/// Asks the bank each time, which takes a while, and is neither `Debug` nor `Sync`.
struct Remote {
    cents: std::cell::Cell<u64>,
}

impl Account for Remote {
    fn balance(&self) -> u64 {
        self.cents.get()
    }

    async fn withdraw(&mut self, cents: u64) -> Result<u64, Overdrawn> {
        tokio::time::sleep(SECOND).await;
        if cents == 13 {
            pending::<()>().await;
        }
        self.cents.set(self.cents.get().checked_sub(cents).ok_or(Overdrawn)?);
        Ok(self.cents.get())
    }

    fn deposit(&mut self, _: &mut Context<AccountServer>, cents: u64) {
        self.cents.set(self.cents.get() + self.twice(cents));
    }

    fn title(&self) -> String {
        "remote account".to_owned()
    }
}

/// Pays out of an account, whoever implements it.
async fn pay(account: &AccountClient, cents: u64) -> Result<&'static str, CallError> {
    Ok(match account.withdraw(cents).await? {
        Ok(_) => "paid",
        Err(Overdrawn) => "too little money",
    })
}

#[behaviour::test(start_paused = true)]
async fn one_client_stands_for_every_implementation() {
    let accounts: [AccountClient; 2] =
        [Savings::new(100).serve().await.unwrap(), Remote { cents: 100.into() }.serve().await.unwrap()];
    for account in &accounts {
        assert_eq!(pay(account, 60).await, Ok("paid"));
        assert_eq!(pay(account, 60).await, Ok("too little money"));
        assert_eq!(account.balance().await, Ok(40));
    }
    let [savings, remote] = accounts;
    assert_ne!(savings, remote);
    savings.deposit(2);
    remote.deposit(1);
    assert_eq!(savings.balance().await, Ok(42));
    assert_eq!(remote.balance().await, Ok(42));
}

#[behaviour::test(start_paused = true)]
async fn a_mock_stands_where_an_account_is_asked_for() {
    /// An account that is asked, and remembers for what.
    struct Mock(Arc<Mutex<Vec<u64>>>);

    impl Account for Mock {
        fn balance(&self) -> u64 {
            panic!("nobody asks for the balance")
        }

        async fn withdraw(&mut self, cents: u64) -> Result<u64, Overdrawn> {
            self.0.lock().unwrap().push(cents);
            Err(Overdrawn)
        }

        fn deposit(&mut self, _: &mut Context<AccountServer>, _: u64) {}
    }

    let asked = Arc::default();
    let account = Mock(Arc::clone(&asked)).serve().await.unwrap();
    assert_eq!(pay(&account, 7).await, Ok("too little money"));
    assert_eq!(*asked.lock().unwrap(), [7]);
}

#[behaviour::test(start_paused = true)]
async fn what_an_implementation_leaves_out_the_trait_gives() {
    let account = Savings::new(30).serve().await.unwrap();
    assert_eq!(account.title().await.unwrap(), "account");
    assert_eq!(account.empty().await, Ok(Ok(30)));
    assert_eq!(account.balance().await, Ok(0));
    let remote = Remote { cents: 1.into() }.serve().await.unwrap();
    assert_eq!(remote.title().await.unwrap(), "remote account");
    // A reply that was dropped is told at once.
    assert_eq!(remote.reaches(5).await, Err(CallError::NoReply));
}

#[behaviour::test(start_paused = true)]
async fn a_reply_may_come_later_and_a_message_by_its_type() {
    let account = Savings::new(1).serve().await.unwrap();
    let (reached, ()) = tokio::join!(account.reaches(10), async { account.deposit(9) });
    assert_eq!(reached, Ok(10));
    account.send(DayIsOver);
    assert_eq!(account.balance().await, Ok(9));
    // An error ends the process, and the implementation hears of it.
    let savings = Savings::new(0);
    let closed = Arc::clone(&savings.closed);
    let poor = savings.serve().await.unwrap();
    poor.send(DayIsOver);
    let reason = poor.ended().await;
    assert_eq!(reason, ExitReason::error(Overdrawn));
    assert_eq!(*closed.lock().unwrap(), Some(reason));
}

#[behaviour::test(start_paused = true)]
async fn an_implementation_may_be_made_by_the_process() {
    let value: AccountClient = AccountServer::start(Savings::new(1)).await.unwrap();
    let closure = AccountServer::start(|| Savings::new(2)).await.unwrap();
    let fallible = AccountServer::start(|| Savings::open(3)).await.unwrap();
    let slow = AccountServer::start(async || {
        tokio::time::sleep(SECOND).await;
        Savings::new(4)
    });
    let slow_fallible = AccountServer::start(async || Savings::open(5));
    let with_context = AccountServer::start(|cx: &mut Context<AccountServer>| {
        cx.send_after(SECOND, DayIsOver);
        Savings::new(7)
    });
    let (slow, slow_fallible) = (slow.await.unwrap(), slow_fallible.await.unwrap());
    for (account, cents) in [(value, 1), (closure, 2), (fallible, 3), (slow, 4), (slow_fallible, 5)] {
        assert_eq!(account.balance().await, Ok(cents));
    }
    let costly = with_context.await.unwrap();
    assert_eq!(costly.balance().await, Ok(7));
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(costly.balance().await, Ok(6));
    for start in [AccountServer::start(|| Savings::open(0)), AccountServer::start(async || Savings::open(0))] {
        assert_eq!(start.await.unwrap_err(), StartError::Failed(ExitReason::error(Overdrawn)));
    }
}

#[behaviour::test(start_paused = true)]
async fn a_start_is_refined_as_any_other() {
    let (account, monitor) = Savings::new(1).serve().named("traits/savings").monitor().await.unwrap();
    assert_eq!(AccountServer::find("traits/savings"), Some(account.clone()));
    assert_eq!(monitor.pid(), Some(account.pid()));
    let never = AccountServer::start(async || {
        pending::<()>().await;
        Savings::new(1)
    });
    assert_eq!(never.within(SECOND).await.unwrap_err(), StartError::Timeout);
    let registry = Registry::<u64, AccountServer>::new();
    let at_seven = Remote { cents: 7.into() }.serve().via(&registry, 7).await.unwrap();
    assert_eq!(registry.at(7).balance().await, Ok(7));
    assert_eq!(registry.lookup(&7), Some(at_seven));
}

#[behaviour::test(start_paused = true)]
async fn options_on_the_trait_hold_for_all_implementations() {
    let account = Remote { cents: 100.into() }.serve().await.unwrap();
    // The limit of a call is 2 s.
    assert_eq!(account.withdraw(13).await, Err(CallError::Timeout));
    // And the mailbox takes three messages while it waits.
    for _ in 0..3 {
        account.balance().detach();
    }
    assert_eq!(account.balance().await, Err(CallError::Full));
}

#[behaviour::test(start_paused = true)]
async fn a_panic_ends_the_process_and_nobody_else() {
    let account = Savings::new(1).serve().await.unwrap();
    account.deposit(0);
    let reason = account.ended().await;
    assert!(matches!(&reason, ExitReason::Panic(panic) if panic.message() == "no money"), "{reason}");
    assert_eq!(account.balance().await, Err(CallError::NoProcess));
}

/// Two accounts, of two kinds.
#[supervisor(one_for_one, intensity = 2)]
struct Bank {
    opening: u64,
    started: Arc<AtomicU32>,
}

#[supervisor]
impl Bank {
    /// Made before each start.
    #[child]
    fn savings(&self) -> Child<AccountServer> {
        self.started.fetch_add(1, Ordering::Relaxed);
        AccountServer::child(Savings::new(self.opening))
    }

    /// Made by each process.
    #[child]
    fn remote(&self) -> Child<AccountServer> {
        let cents = self.opening;
        AccountServer::child(async move || Remote { cents: cents.into() })
    }
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_starts_an_implementation_anew() {
    let started = Arc::new(AtomicU32::new(0));
    let bank = Bank { opening: 10, started: Arc::clone(&started) }.start().await.unwrap();
    for account in [bank.savings(), bank.remote()] {
        assert_eq!(account.withdraw(4).await, Ok(Ok(6)));
        let first = account.pid();
        account.kill();
        account.ended().await;
        assert_eq!(account.balance().await, Ok(10));
        assert_ne!(account.pid(), first);
    }
    assert_eq!(started.load(Ordering::Relaxed), 2);
}

#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_takes_any_implementation() {
    let accounts = DynamicSupervisor::<AccountServer>::start().await.unwrap();
    // What is `Clone` is started again by a copy, what is not by a closure, or never.
    let savings = accounts.start_child(Savings::new(1)).await.unwrap();
    let remote = accounts.start_child_with(|| AccountServer::child(|| Remote { cents: 2.into() })).await.unwrap();
    let once = accounts.start_temporary(Remote { cents: 3.into() }).await.unwrap();
    for (account, cents) in [(&savings, 1), (&remote, 2)] {
        account.kill();
        account.ended().await;
        assert_eq!(account.balance().await, Ok(cents));
    }
    assert_eq!(once.balance().await, Ok(3));
    once.kill();
    once.ended().await;
    assert_eq!(once.balance().await, Err(CallError::NoProcess));
    assert_eq!(accounts.count_children().await.unwrap().active, 2);
}
