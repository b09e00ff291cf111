//! Clients that came from a supervisor: they name a child, not one incarnation of it.
//!
//! A call that finds the child restarting waits for it, within its own time; a cast is dropped, as the mailbox of the
//! old incarnation was. When the child is gone for good a call says so at once.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Strategy, Tree};
use behaviour::testing::settle;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Where the money is. It takes some time to open, which can be set from the outside.
#[gen_server]
struct Vault {
    cents: u64,
}

#[gen_server]
impl Vault {
    #[init]
    async fn init(opening: Arc<AtomicU64>) -> Self {
        let seconds = opening.load(Ordering::Relaxed);
        if seconds > 0 {
            tokio::time::sleep(SECOND * u32::try_from(seconds).unwrap()).await;
        }
        Self { cents: 100 }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    /// Counts the money, which takes a second.
    #[call]
    async fn count(&self) -> u64 {
        tokio::time::sleep(SECOND).await;
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[call]
    fn rob(&mut self) -> u64 {
        panic!("hands up");
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }
}

/// Stands before the vault.
#[gen_server]
struct Teller {
    vault: VaultClient,
    said: Arc<Mutex<Vec<String>>>,
}

#[gen_server]
impl Teller {
    #[init]
    async fn init(
        cx: &mut Context<Self>,
        vault: VaultClient,
        said: Arc<Mutex<Vec<String>>>,
    ) -> Result<Self, CallError> {
        cx.trap_exit(true);
        // A sibling that was started before can be called from the beginning.
        vault.balance().await?;
        Ok(Self { vault, said })
    }

    #[call]
    async fn balance(&mut self) -> Result<u64, CallError> {
        self.vault.balance().await
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self, _: ExitReason) {
        let balance = self.vault.balance().within(SECOND).await;
        self.said.lock().unwrap().push(format!("{balance:?}"));
    }
}

/// A vault and a teller, for which it asks the supervisor's own client.
#[supervisor(one_for_one, intensity = 1)]
struct Branch {
    opening: Arc<AtomicU64>,
    said: Arc<Mutex<Vec<String>>>,
}

#[supervisor]
impl Branch {
    #[child]
    fn vault(&self) -> Child<Vault> {
        Vault::child(self.opening.clone())
    }

    #[child]
    fn teller(&self, branch: &BranchClient) -> Child<Teller> {
        Teller::child(branch.vault(), self.said.clone())
    }
}

/// A branch, and vaults that are not always restarted.
#[supervisor(one_for_one, intensity = 100)]
#[derive(Default)]
struct Bank {
    opening: Arc<AtomicU64>,
    said: Arc<Mutex<Vec<String>>>,
}

#[supervisor]
impl Bank {
    #[child]
    fn vault(&self) -> Child<Vault> {
        Vault::child(self.opening.clone())
    }

    #[child(transient)]
    fn transient(&self) -> Child<Vault> {
        Vault::child(self.opening.clone())
    }

    #[child(temporary)]
    fn temporary(&self) -> Child<Vault> {
        Vault::child(self.opening.clone())
    }

    #[child]
    fn branch(&self) -> Child<Branch> {
        Branch { opening: self.opening.clone(), said: self.said.clone() }.child()
    }
}

/// A bank, and how many seconds its vaults take to open from now on.
async fn bank() -> (BankClient, Arc<AtomicU64>) {
    let bank = Bank::default();
    let opening = bank.opening.clone();
    (bank.start().await.unwrap(), opening)
}

#[behaviour::test(start_paused = true)]
async fn a_client_follows_its_child_through_restarts() {
    let (bank, _) = bank().await;
    let vault = bank.vault();
    let mut seen = HashSet::from([vault.pid()]);
    vault.deposit(1);
    for _ in 0..5 {
        assert_eq!(
            vault.rob().await.unwrap_err().to_string(),
            "the process ended before it answered: panicked: hands up"
        );
        // The call waits until the vault is open again, with its opening balance.
        assert_eq!(vault.balance().await, Ok(100));
        assert!(vault.is_alive() && seen.insert(vault.pid()));
    }
    vault.kill();
    assert_eq!(vault.balance().await, Ok(100));
    assert!(!seen.contains(&vault.pid()));
}

#[behaviour::test(start_paused = true)]
async fn a_call_that_finds_the_child_restarting_waits_for_it_within_its_own_time() {
    let (bank, opening) = bank().await;
    let vault = bank.vault();
    opening.store(2, Ordering::Relaxed);
    vault.kill();
    vault.ended().await;
    let begun = Instant::now();
    let calls = (
        vault.balance(),
        vault.balance().within(SECOND),
        vault.count().within(SECOND * 5 / 2),
        vault.count().forever(),
    );
    let answers = tokio::join!(calls.0, calls.1, calls.2, calls.3);
    // Opening takes two seconds and counting one, for one caller after the other.
    assert_eq!(answers, (Ok(100), Err(CallError::Timeout), Err(CallError::Timeout), Ok(100)));
    assert_eq!(begun.elapsed().as_secs(), 4);
}

#[behaviour::test(start_paused = true)]
async fn a_call_to_a_child_that_does_not_come_back_times_out() {
    let (bank, opening) = bank().await;
    opening.store(3_600, Ordering::Relaxed);
    bank.vault().kill();
    settle().await;
    let begun = Instant::now();
    assert_eq!(bank.vault().balance().await, Err(CallError::Timeout));
    assert_eq!(begun.elapsed().as_secs(), 5);
    assert!(!bank.vault().is_alive());
    // One that was given up is forgotten by the child that comes back at last.
    assert_eq!(bank.vault().balance().within(HOUR).await, Ok(100));
}

#[behaviour::test(start_paused = true)]
async fn a_call_to_a_child_that_is_gone_for_good_fails_at_once() {
    let (bank, _) = bank().await;
    let begun = Instant::now();
    let vaults = [bank.transient(), bank.temporary(), bank.vault(), bank.branch().vault()];
    let waiting = vaults.clone().map(|vault| tokio::spawn(vault.count()));
    settle().await;
    vaults[0].end(ExitReason::Normal);
    vaults[1].end(ExitReason::error("boom"));
    tokio::time::sleep(2 * SECOND).await;
    for vault in &vaults[..2] {
        assert_eq!(vault.balance().await, Err(CallError::NoProcess));
        assert!(!vault.is_alive());
    }
    // Their own mailbox was served first.
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), Ok(100));
    }
    bank.stop().await.unwrap();
    for vault in &vaults {
        assert_eq!(vault.balance().await, Err(CallError::NoProcess));
        assert_eq!(vault.stop().await, Err(CallError::NoProcess));
    }
    assert!(begun.elapsed() < 3 * SECOND);
}

#[behaviour::test(start_paused = true)]
async fn a_call_that_waits_for_a_child_hears_that_it_will_not_come_back() {
    let (bank, opening) = bank().await;
    let vault = bank.vault();
    opening.store(3_600, Ordering::Relaxed);
    vault.kill();
    settle().await;
    let waiting = tokio::spawn(vault.balance().within(HOUR));
    settle().await;
    assert!(!waiting.is_finished());
    bank.stop().await.unwrap();
    assert_eq!(waiting.await.unwrap(), Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn a_call_waits_for_a_child_that_is_started_by_hand() {
    let (bank, opening) = bank().await;
    let vault = bank.vault();
    bank.terminate_child("vault").await.unwrap();
    assert_eq!(vault.balance().await, Err(CallError::NoProcess));
    opening.store(1, Ordering::Relaxed);
    let (answer, started) = tokio::join!(
        async {
            settle().await;
            vault.balance().await
        },
        bank.restart_child("vault")
    );
    assert_eq!((answer, started), (Ok(100), Ok(())));
}

#[behaviour::test(start_paused = true)]
async fn what_was_queued_dies_with_the_incarnation() {
    let (bank, _) = bank().await;
    let vault = bank.vault();
    let busy = tokio::spawn(vault.count());
    settle().await;
    vault.deposit(1);
    let queued = tokio::spawn(vault.balance());
    settle().await;
    vault.kill();
    assert_eq!(busy.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(queued.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(vault.balance().await, Ok(100));
}

#[behaviour::test(start_paused = true)]
async fn a_cast_to_a_child_that_restarts_is_dropped() {
    let (bank, opening) = bank().await;
    let vault = bank.vault();
    opening.store(1, Ordering::Relaxed);
    vault.kill();
    vault.deposit(1);
    settle().await;
    vault.deposit(10);
    vault.balance().detach();
    assert_eq!(vault.balance().await, Ok(100));
    vault.deposit(100);
    assert_eq!(vault.balance().await, Ok(200));
}

#[behaviour::test(start_paused = true)]
async fn clients_of_grandchildren_outlive_the_supervisor_between() {
    let (bank, _) = bank().await;
    let branch = bank.branch();
    let (vault, teller) = (branch.vault(), branch.teller());
    let before = (branch.pid(), vault.pid(), teller.pid());
    branch.kill();
    branch.ended().await;
    assert_eq!(vault.balance().await, Ok(100));
    assert_eq!(teller.balance().await, Ok(Ok(100)));
    assert!(branch.pid() != before.0 && vault.pid() != before.1 && teller.pid() != before.2);
    assert_eq!(branch.which_children().await.unwrap()[1].pid(), Some(vault.pid()));
    // It gives up at the second crash: who calls meanwhile waits for the next branch, not for the next vault.
    let before = branch.pid();
    for _ in 0..2 {
        vault.kill();
        assert_eq!(vault.balance().forever().await, Ok(100));
    }
    assert_ne!(branch.pid(), before);
    assert_eq!(teller.balance().await, Ok(Ok(100)));
    // Gone for good is also what is below it.
    bank.terminate_child("branch").await.unwrap();
    assert_eq!(vault.balance().await, Err(CallError::NoProcess));
    assert_eq!(branch.which_children().await, Err(CallError::NoProcess));
    bank.restart_child("branch").await.unwrap();
    assert_eq!(vault.balance().forever().await, Ok(100));
}

#[behaviour::test(start_paused = true)]
async fn a_sibling_that_restarts_is_followed_from_inside() {
    let (bank, opening) = bank().await;
    let branch = bank.branch();
    let teller = branch.teller().pid();
    opening.store(1, Ordering::Relaxed);
    branch.vault().kill();
    assert_eq!(branch.teller().balance().await, Ok(Ok(100)));
    assert_eq!(branch.teller().pid(), teller);
}

#[behaviour::test(start_paused = true)]
async fn a_sibling_that_was_started_before_can_be_called_until_the_end() {
    let bank = Bank::default();
    let said = bank.said.clone();
    let bank = bank.start().await.unwrap();
    bank.stop().await.unwrap();
    // The teller is closed before the vault, also when it is the branch that is closed.
    assert_eq!(*said.lock().unwrap(), ["Ok(100)"]);
}

#[behaviour::test(start_paused = true)]
async fn clients_are_equal_if_they_name_the_same_child() {
    let (bank, _) = bank().await;
    let (one, other) = (bank.vault(), bank.vault());
    assert_eq!(one, other);
    assert_ne!(one, bank.transient());
    assert_ne!(one, bank.branch().vault());
    #[allow(clippy::mutable_key_type, reason = "a client is its address, which does not change")]
    let known = HashSet::from([one.clone(), other, bank.transient()]);
    assert_eq!(known.len(), 2);
    one.kill();
    one.balance().await.unwrap();
    assert_eq!(bank.vault(), one);
    assert!(known.contains(&bank.vault()));
    assert_eq!(bank, bank.clone());
    assert_eq!(format!("{one:?} {:?}", bank.branch().teller()), "Vault(vault) Teller(teller)");
}

/// Starts a vault that has a name.
#[supervisor(one_for_one)]
struct Town;

#[supervisor]
impl Town {
    #[child]
    fn vault(&self) -> Child<Vault> {
        Vault::child(Arc::default()).named("the town's vault")
    }
}

#[behaviour::test(start_paused = true)]
async fn a_client_that_was_found_by_name_is_one_of_the_child() {
    let town = Town.start().named("the town").await.unwrap();
    let found = Vault::find("the town's vault").unwrap();
    assert_eq!(found, town.vault());
    let before = found.pid();
    found.kill();
    assert_eq!(found.balance().await, Ok(100));
    assert_ne!(found.pid(), before);
    assert_eq!(Vault::find("the town's vault"), Some(found));
    // The children of a supervisor that was found are the children it has.
    let found = Town::find("the town").unwrap();
    assert_eq!(found.vault(), town.vault());
    assert_eq!(found.vault().balance().await, Ok(100));
    assert!(Vault::find("the town").is_none());
    assert_eq!(process::whereis("the town"), Some(town.pid()));
}

#[behaviour::test(start_paused = true)]
async fn every_strategy_lets_a_call_wait_for_the_siblings_that_go_along() {
    for strategy in [Strategy::OneForAll, Strategy::RestForOne] {
        let opening = Arc::new(AtomicU64::new(0));
        let slow = opening.clone();
        let tree = behaviour::supervisor::Tree::new(strategy)
            .child("a", move || Vault::child(slow.clone()))
            .child("b", || Vault::child(Arc::default()));
        let tree = tree.start().await.unwrap();
        let b = tree.child::<Vault>("b");
        let before = b.pid();
        opening.store(1, Ordering::Relaxed);
        tree.child::<Vault>("a").kill();
        settle().await;
        assert_eq!(b.balance().await, Ok(100));
        assert_ne!(b.pid(), before);
    }
}

/// Wakes up once an hour, unless it is started for the second time.
#[gen_server]
struct Sleeper {
    woken: u32,
}

#[derive(Clone)]
struct Wake;

#[gen_server]
impl Sleeper {
    #[init]
    fn init(cx: &mut Context<Self>, starts: Arc<AtomicU64>) -> Self {
        if starts.fetch_add(1, Ordering::Relaxed) == 0 {
            cx.send_every(HOUR, Wake);
        }
        Self { woken: 0 }
    }

    #[call]
    fn woken(&self) -> u32 {
        self.woken
    }

    #[info]
    fn wake(&mut self, _: Wake) {
        self.woken += 1;
    }
}

#[behaviour::test(start_paused = true)]
async fn monitors_links_and_timers_belong_to_an_incarnation(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let starts = Arc::new(AtomicU64::new(0));
    let tree = Tree::new(Strategy::OneForOne).child("sleeper", move || Sleeper::child(starts.clone()));
    let tree = tree.start().await.unwrap();
    let sleeper = tree.child::<Sleeper>("sleeper");
    tokio::time::sleep(HOUR + SECOND).await;
    assert_eq!(sleeper.woken().await, Ok(1));

    let (monitor, first) = (sleeper.monitor(), sleeper.pid());
    sleeper.link().unwrap();
    sleeper.kill();
    let down = inbox.down_of(&monitor).await;
    assert_eq!((down.pid, down.reason), (first, ExitReason::Killed));
    assert_eq!(inbox.exit_of(first).await.reason, ExitReason::Killed);

    assert_eq!(sleeper.woken().await, Ok(0));
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(sleeper.woken().await, Ok(0));
    // Nobody watches the second one.
    sleeper.kill();
    settle().await;
    assert!(inbox.try_next().is_none());
}

/// Counts how often nothing happened for an hour, unless it is started for the second time.
#[gen_server]
struct Idler {
    idle: Arc<AtomicU64>,
}

#[gen_server]
impl Idler {
    #[init]
    fn init(cx: &mut Context<Self>, starts: Arc<AtomicU64>, idle: Arc<AtomicU64>) -> Self {
        if starts.fetch_add(1, Ordering::Relaxed) == 0 {
            cx.timeout(HOUR);
        }
        Self { idle }
    }

    #[info]
    fn nothing_happened(&mut self, cx: &mut Context<Self>, _: Timeout) {
        self.idle.fetch_add(1, Ordering::Relaxed);
        cx.timeout(HOUR);
    }
}

#[behaviour::test(start_paused = true)]
async fn an_idle_timeout_belongs_to_an_incarnation() {
    let (starts, idle) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let given = (starts.clone(), idle.clone());
    let tree = Tree::new(Strategy::OneForOne).child("idler", move || Idler::child(given.0.clone(), given.1.clone()));
    let tree = tree.start().await.unwrap();
    tokio::time::sleep(2 * HOUR + SECOND).await;
    assert_eq!(idle.load(Ordering::Relaxed), 2);
    tree.child::<Idler>("idler").kill();
    tokio::time::sleep(5 * HOUR).await;
    assert_eq!((starts.load(Ordering::Relaxed), idle.load(Ordering::Relaxed)), (2, 2));
}
