//! `#[code_change]`: new code for a running server or machine, behind the same client.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Strategy, Tree};
use behaviour::sys::SysError;

/// Too little is on the account.
#[derive(Debug, PartialEq)]
struct TooPoor(u64);

impl fmt::Display for TooPoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is too little", self.0)
    }
}

impl std::error::Error for TooPoor {}

#[derive(Debug, PartialEq, Clone, Copy)]
struct Tick;

/// The account of today.
#[gen_server]
struct Account {
    cents: u64,
    log: Vec<&'static str>,
}

#[gen_server]
impl Account {
    #[init]
    fn init(cents: u64, cx: &mut Context<Self>) -> Self {
        cx.send_after(Duration::from_secs(9), Tick);
        Self { cents, log: Vec::new() }
    }

    #[code_change]
    fn reset(&mut self, cents: u64, least: u64) -> Result<(), TooPoor> {
        if cents < least {
            return Err(TooPoor(cents));
        }
        self.cents = cents;
        Ok(())
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[info]
    fn tick(&mut self, _: Tick) {
        self.log.push("old tick");
    }
}

/// The account of tomorrow.
#[gen_server]
struct Premium {
    cents: u64,
    rate: u64,
    log: Vec<&'static str>,
}

#[gen_server]
impl Premium {
    #[init]
    fn init(cents: u64) -> Self {
        Self { cents, rate: 1, log: Vec::new() }
    }

    #[code_change]
    fn from_account(old: &mut Account, rate: u64) -> Result<Self, TooPoor> {
        if old.cents < 10 {
            return Err(TooPoor(old.cents));
        }
        Ok(Self { cents: old.cents, rate, log: std::mem::take(&mut old.log) })
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents * self.rate
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += 2 * cents;
    }

    #[info]
    fn tick(&mut self, _: Tick) {
        self.log.push("new tick");
    }
}

/// The account of the day after.
#[gen_server]
struct Diamond {
    cents: u64,
}

#[gen_server]
impl Diamond {
    #[init]
    fn init() -> Self {
        Self { cents: 0 }
    }

    #[code_change]
    fn from_premium(old: &mut Premium) -> Self {
        Self { cents: old.cents * 100 }
    }

    #[call]
    fn balance(&self) -> u64 {
        self.cents
    }

    #[cast]
    fn deposit(&mut self, cents: u64) {
        self.cents += cents;
    }

    #[info]
    fn tick(&mut self, _: Tick) {
        self.cents += 1;
    }
}

#[behaviour::test(start_paused = true)]
async fn a_new_version_takes_over_behind_the_same_client() {
    let account = Account::start(100).named("account-of-two-versions").await.unwrap();
    let (pid, sys) = (account.pid(), account.sys());
    sys.suspend().await.unwrap();
    account.deposit(1);
    let (waits, ()) = tokio::join!(account.balance(), async {
        sys.change_code(Premium::upgrade(3)).await.unwrap();
        sys.resume().await.unwrap();
    });
    // The deposit lay in the mailbox, and the new version handles it, in its own way.
    assert_eq!(waits, Ok(306));
    assert_eq!(account.pid(), pid);
    assert_eq!(Account::find("account-of-two-versions").unwrap().balance().await, Ok(306));
    assert_eq!(Premium::find("account-of-two-versions").unwrap().balance().await, Ok(306));

    account.send(Tick);
    let log = sys.version::<Premium>().get_state(|premium| premium.log.clone()).await;
    assert_eq!(log, Ok(vec!["new tick"]));
    assert_eq!(sys.get_state(|account| account.cents).await, Err(SysError::OtherImplementation));
    let status = sys.get_status().await.unwrap();
    assert!(status.behaviour.ends_with("Premium") && status.state.unwrap().contains("rate: 3"), "{}", status.behaviour);
}

#[behaviour::test(start_paused = true)]
async fn links_monitors_and_timers_outlive_a_change_of_the_version(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let account = Account::start_link(100).await.unwrap();
    let monitor = account.monitor();
    let sys = account.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Premium::upgrade(1)).await.unwrap();
    sys.change_code(Diamond::upgrade()).await.unwrap();
    sys.resume().await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(account.balance().await, Ok(10_001), "the timer's message came to the third version");

    account.kill();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Killed);
    assert_eq!(inbox.exit_of(account.pid()).await.reason, ExitReason::Killed);
}

#[behaviour::test(start_paused = true)]
async fn a_version_that_fails_to_take_over_leaves_the_old_one_at_work() {
    let account = Account::start(5).await.unwrap();
    let sys = account.sys();
    assert_eq!(sys.change_code(Premium::upgrade(1)).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    let Err(SysError::CodeChange(reason)) = sys.change_code(Premium::upgrade(1)).await else {
        panic!("it is too poor")
    };
    assert_eq!(reason.downcast_ref::<TooPoor>(), Some(&TooPoor(5)));
    // The change is for a premium account, and here is a plain one.
    assert_eq!(sys.change_code(Diamond::upgrade()).await, Err(SysError::OtherImplementation));
    sys.resume().await.unwrap();
    assert_eq!(account.balance().await, Ok(5));
    assert_eq!(sys.get_state(|account| account.cents).await, Ok(5));
}

// GS-72
#[behaviour::test(start_paused = true)]
async fn a_server_changes_its_own_state_as_new_code_wants_it() {
    let account = Account::start(100).await.unwrap();
    let sys = account.sys();
    assert_eq!(sys.change_code(Account::upgrade(7, 5)).await, Err(SysError::NotSuspended));
    sys.suspend().await.unwrap();
    sys.change_code(Account::upgrade(7, 5)).await.unwrap();
    let refused = sys.change_code(Account::upgrade(1, 5)).await;
    assert!(matches!(refused, Err(SysError::CodeChange(reason)) if reason.downcast_ref() == Some(&TooPoor(1))));
    sys.resume().await.unwrap();
    assert_eq!(account.balance().await, Ok(7));
}

/// What is known of a key.
#[gen_server]
struct Cache<K: 'static, V: 'static, const SIZE: usize> {
    known: HashMap<K, V>,
}

#[gen_server]
impl<K: Eq + Hash + Send + 'static, V: Clone + Send + 'static, const SIZE: usize> Cache<K, V, SIZE> {
    #[init]
    fn init() -> Self {
        Self { known: HashMap::with_capacity(SIZE) }
    }

    #[call]
    fn get(&self, key: K) -> Option<V> {
        self.known.get(&key).cloned()
    }

    #[cast]
    fn put(&mut self, key: K, value: V) {
        self.known.insert(key, value);
    }
}

/// The same, and how often it was asked.
#[gen_server]
struct Counting<K: 'static, V: 'static, const SIZE: usize> {
    known: HashMap<K, V>,
    asked: usize,
}

#[gen_server]
impl<K: Eq + Hash + Send + 'static, V: Clone + Send + 'static, const SIZE: usize> Counting<K, V, SIZE> {
    #[init]
    fn init() -> Self {
        Self { known: HashMap::with_capacity(SIZE), asked: 0 }
    }

    #[code_change]
    fn count(old: &mut Cache<K, V, SIZE>) -> Self {
        Self { known: std::mem::take(&mut old.known), asked: 0 }
    }

    #[call]
    fn get(&mut self, key: K) -> Option<V> {
        self.asked += 1;
        self.known.get(&key).cloned()
    }

    #[cast]
    fn put(&mut self, key: K, value: V) {
        self.known.insert(key, value);
    }
}

/// Looks after a cache.
#[supervisor(one_for_one)]
struct Top;

#[supervisor]
impl Top {
    #[child]
    fn cache(&self) -> Child<Cache<u8, char, 8>> {
        Cache::child()
    }
}

#[behaviour::test(start_paused = true)]
async fn a_generic_server_has_versions_and_a_supervisor_restarts_what_its_specification_says() {
    let top = Top::start(Top).await.unwrap();
    let cache = top.cache();
    cache.put(1, 'a');
    let sys = cache.sys();
    sys.suspend().await.unwrap();
    sys.change_code(Counting::upgrade()).await.unwrap();
    sys.resume().await.unwrap();
    assert_eq!(cache.get(1).await, Ok(Some('a')));
    assert_eq!(sys.version::<Counting<u8, char, 8>>().get_state(|cache| cache.asked).await, Ok(1));

    let ended = cache.ended();
    cache.kill();
    ended.await;
    assert_eq!(cache.get(1).await, Ok(None));
    assert_eq!(sys.get_state(|cache| cache.known.len()).await, Ok(0), "the old version runs again");
}

#[behaviour::test(start_paused = true)]
async fn a_tree_that_was_given_the_new_version_restarts_it_behind_the_clients_of_the_old() {
    let tree = Tree::new(Strategy::OneForOne).intensity(9).child("account", || Account::child(100));
    let tree = tree.start().await.unwrap();
    let account = tree.child::<Account>("account");
    let upgrade = async || {
        account.sys().suspend().await.unwrap();
        account.sys().change_code(Premium::upgrade(3)).await.unwrap();
        account.sys().resume().await.unwrap();
    };
    let crash = async || {
        let ended = account.ended();
        account.kill();
        ended.await;
    };
    upgrade().await;
    assert_eq!(account.balance().await, Ok(300));
    crash().await;
    assert_eq!(account.balance().await, Ok(100), "what the tree describes is the old version");

    upgrade().await;
    tree.sys().suspend().await.unwrap();
    let new = Tree::new(Strategy::OneForOne).intensity(9).child("account", || Premium::child(7));
    tree.sys().change_code(new).await.unwrap();
    tree.sys().resume().await.unwrap();
    assert_eq!(account.balance().await, Ok(300), "who runs goes on");
    crash().await;
    account.deposit(1);
    assert_eq!(account.balance().await, Ok(9), "the new version counts a deposit twice");
    let premium = account.sys().version::<Premium>();
    assert_eq!(premium.get_state(|premium| (premium.cents, premium.rate)).await, Ok((9, 1)));
    assert_eq!(tree.child::<Premium>("account").balance().await, Ok(9));
}
