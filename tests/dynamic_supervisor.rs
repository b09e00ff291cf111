//! Dynamic supervisors: how their children are started (otp.md 11.6, and 7.8 for `simple_one_for_one`).
//!
//! How children are restarted is in `dynamic_supervisor_restarts.rs`, how they end in `dynamic_supervisor_stop.rs`.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, ProcessKind};
use behaviour::supervisor::{
    Any, ChildState, DynamicSupervisorClient, OperationError, Restart, Shutdown, StartChildError, StartsWith, Strategy,
    Tree,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

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

    #[child]
    fn anything(&self) -> Child<DynamicSupervisor> {
        DynamicSupervisor::child()
    }
}

// XDS-01, 03, 23
#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_is_a_child_like_any_other() {
    let bank = Bank.start().await.unwrap();
    let accounts = bank.accounts();
    assert!(accounts.which_children().await.unwrap().is_empty());
    assert_eq!(accounts.count_children().await.unwrap().specs, 0);
    let account = accounts.start_child(25).await.unwrap();
    account.deposit(1);
    assert_eq!(account.balance().await, Ok(26));
    account.kill();
    assert_eq!(account.balance().await, Ok(25));
    assert_eq!(accounts.start_child(25).await, Err(StartChildError::MaxChildren));
    accounts.terminate_child(&account).await.unwrap();
    assert_eq!(account.balance().await, Err(CallError::NoProcess));
    let kinds: Vec<_> = bank.which_children().await.unwrap().iter().map(|child| child.kind).collect();
    assert_eq!(kinds, [ProcessKind::Supervisor; 2]);
    bank.stop().await.unwrap();
}

// XDS-02, 06
#[behaviour::test(start_paused = true)]
async fn dynamic_supervisors_have_ids_and_names_of_their_own(mut inbox: Inbox<()>) {
    let tree = Tree::new(Strategy::OneForOne)
        .child("one", || DynamicSupervisor::<Account>::child().named("two supervisors, one"))
        .child("other", DynamicSupervisor::<Account>::child)
        .start()
        .await
        .unwrap();
    let one = DynamicSupervisor::<Account>::find("two supervisors, one").unwrap();
    assert_eq!(one.pid(), tree.child::<DynamicSupervisor<Account>>("one").pid());
    assert!(DynamicSupervisor::<Any>::find("two supervisors, one").is_none());

    process::trap_exit(true);
    let taken = DynamicSupervisor::<Account>::start_link().named("two supervisors, one").await.unwrap_err();
    assert_eq!(taken, StartError::AlreadyStarted(one.pid()));
    tree.stop().await.unwrap();

    let linked = DynamicSupervisor::<Account>::start_link().named("two supervisors, one").await.unwrap();
    assert_eq!(process::links(), [linked.pid()]);
    assert_eq!(linked.name().as_deref(), Some("two supervisors, one"));
    linked.stop().await.unwrap();
    assert_eq!(inbox.exit_of(linked.pid()).await.reason, ExitReason::Normal);
    assert_eq!(process::whereis("two supervisors, one"), None);
}

// XDS-05
#[behaviour::test(start_paused = true)]
async fn options_are_looked_at_where_they_are_said() {
    let zero = std::panic::catch_unwind(|| DynamicSupervisor::<Account>::start().period(Duration::ZERO));
    assert!(zero.is_err());
    let zero = std::panic::catch_unwind(|| DynamicSupervisor::<Account>::child().period(Duration::ZERO));
    assert!(zero.is_err());
    let nobody = DynamicSupervisor::<Account>::start().max_children(0).await.unwrap();
    assert_eq!(nobody.start_child(1).await, Err(StartChildError::MaxChildren));
}

// XDS-13, 14
#[behaviour::test(start_paused = true)]
async fn any_child_may_be_started_under_any() {
    let bank = Bank.start().await.unwrap();
    let anything = bank.anything();
    let opening = Arc::new(25);
    let captured = Arc::clone(&opening);
    let account = anything.start_child(move || Account::child(*captured)).await.unwrap();
    let below = anything.start_child(|| Bank.child()).temporary().await.unwrap();
    let tree = anything.start_child(|| Tree::new(Strategy::OneForAll).into_child()).transient().await.unwrap();
    assert_eq!(account.balance().await, Ok(25));
    assert_eq!(below.accounts().start_child(3).await.unwrap().balance().await, Ok(3));
    assert!(tree.which_children().await.unwrap().is_empty());

    let counts = anything.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.supervisors, counts.workers), (3, 3, 2, 1));
    let mut restarts: Vec<_> = anything.which_children().await.unwrap();
    restarts.sort_by_key(|child| child.restart as u8);
    let told: Vec<_> = restarts.iter().map(|child| (child.restart, child.kind, &*child.id)).collect();
    assert_eq!(
        told,
        [
            (Restart::Permanent, ProcessKind::Worker, "undefined"),
            (Restart::Transient, ProcessKind::Supervisor, "undefined"),
            (Restart::Temporary, ProcessKind::Supervisor, "undefined"),
        ]
    );
    assert_eq!(restarts[0].state, ChildState::Running(account.pid()));
    anything.stop().await.unwrap();
    assert!(!account.is_alive() && !below.is_alive() && !tree.is_alive());
    assert_eq!(Arc::strong_count(&opening), 1, "nothing of a start is kept");
}

/// Starts, or does not, in one way or another.
#[gen_server]
struct Fickle;

#[derive(Debug, Clone, Copy)]
enum Mood {
    Fine,
    Ignores,
    Fails,
    Panics,
}

#[gen_server]
impl Fickle {
    #[init]
    fn init(mood: Mood) -> Result<Option<Self>, std::fmt::Error> {
        match mood {
            Mood::Fine => Ok(Some(Self)),
            Mood::Ignores => Ok(None),
            Mood::Fails => Err(std::fmt::Error),
            Mood::Panics => panic!("no way"),
        }
    }

    #[call]
    fn ping(&self) {}
}

// XDS-16, 17; SUP-06, 07, 12
#[behaviour::test(start_paused = true)]
async fn a_child_that_does_not_start_leaves_nothing_behind() {
    let supervisor = DynamicSupervisor::<Fickle>::start().await.unwrap();
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        let error = supervisor.start_child(Mood::Ignores).restart(restart).await.unwrap_err();
        assert_eq!(error, StartChildError::Start(StartError::Ignored));
        let error = supervisor.start_child(Mood::Fails).restart(restart).await.unwrap_err();
        let StartChildError::Start(error) = error else { panic!("{error}") };
        assert!(error.downcast_ref::<std::fmt::Error>().is_some());
        let error = supervisor.start_child(Mood::Panics).restart(restart).await.unwrap_err();
        assert!(error.to_string().contains("no way"), "{error}");
        let error = supervisor.start_child_with(|| panic!("not even described")).restart(restart).await.unwrap_err();
        assert!(error.to_string().contains("not even described"), "{error}");
        let fine = supervisor.start_child(Mood::Fine).restart(restart).await.unwrap();
        assert_eq!(fine.ping().await, Ok(()));
        assert_eq!(supervisor.children().await.unwrap(), std::slice::from_ref(&fine));
        supervisor.terminate_child(&fine).await.unwrap();
    }
    supervisor.stop().reason(ExitReason::Shutdown).await.unwrap();
}

/// Counts what is dropped.
struct Dropped(Weak<()>);

/// Made of what is not `Clone`.
#[gen_server]
struct Keeper {
    kept: Option<Arc<()>>,
}

#[gen_server]
impl Keeper {
    #[init]
    fn init(kept: Arc<()>, keep: bool, _: Dropped) -> Self {
        Self { kept: keep.then_some(kept) }
    }

    #[call]
    fn kept(&self) -> bool {
        self.kept.is_some()
    }
}

// SUP-42, 78
#[behaviour::test(start_paused = true)]
async fn nothing_is_kept_of_the_start_of_a_temporary_child() {
    let supervisor = DynamicSupervisor::<Keeper>::start().await.unwrap();
    let large = Arc::new(());
    let weak = Arc::downgrade(&large);
    let child = supervisor.start_temporary((Arc::clone(&large), false, Dropped(weak.clone()))).await.unwrap();
    assert_eq!(child.kept().await, Ok(false));
    assert_eq!(Arc::strong_count(&large), 1);

    let captured = Arc::clone(&large);
    let again = Dropped(weak.clone());
    let make = move || Keeper::child(Arc::clone(&captured), false, Dropped(again.0.clone()));
    let temporary = supervisor.start_child_with(make).temporary().await.unwrap();
    assert_eq!(Arc::strong_count(&large), 1);
    temporary.kill();

    let captured = Arc::clone(&large);
    let again = Dropped(weak);
    let make = move || Keeper::child(Arc::clone(&captured), false, Dropped(again.0.clone()));
    let permanent = supervisor.start_child_with(make).await.unwrap();
    assert_eq!(Arc::strong_count(&large), 2, "one that is restarted needs it");
    supervisor.terminate_child(&permanent).await.unwrap();
    assert_eq!(Arc::strong_count(&large), 1);
}

/// Nobody's business but this file's.
#[derive(Clone)]
struct Private(u8);

/// What a public server is started with may be private, boxed, or nothing at all.
#[gen_server]
pub struct Public {
    run: Arc<dyn Fn(u8) -> u8 + Send + Sync>,
    number: u8,
}

#[gen_server]
impl Public {
    #[init]
    fn init(private: Private, run: Arc<dyn Fn(u8) -> u8 + Send + Sync>) -> Self {
        Self { run, number: private.0 }
    }

    #[call]
    fn run(&self) -> u8 {
        (self.run)(self.number)
    }
}

/// Generic, with one parameter that is a tuple.
#[gen_server]
struct Pair<A: Copy + Send + 'static, B: Send + 'static> {
    pair: (A, Option<B>),
}

#[gen_server]
impl<A: Copy + Send + 'static, B: Send + 'static> Pair<A, B> {
    #[init]
    fn init(pair: (A, Option<B>)) -> Self {
        Self { pair }
    }

    #[call]
    fn first(&self) -> A {
        self.pair.0
    }

    #[call]
    fn second(&mut self) -> Option<B> {
        self.pair.1.take()
    }
}

/// On and off.
#[gen_statem(state)]
enum Light {
    On,
    Off,
}

#[gen_statem(Light)]
struct Switch;

#[gen_statem(Light)]
impl Switch {
    #[init]
    fn init() -> (Self, Off) {
        (Self, Off)
    }

    #[cast(press)]
    fn on(&mut self, _: Off) -> On {
        On
    }

    #[cast(press)]
    fn off(&mut self, _: On) -> Off {
        Off
    }

    #[call]
    fn is_on(&self, light: &Light) -> bool {
        matches!(light, Light::On(_))
    }
}

#[behaviour::test(start_paused = true)]
async fn a_child_takes_what_its_init_takes() {
    let public = DynamicSupervisor::<Public>::start().await.unwrap();
    let child = public.start_child((Private(20), Arc::new(|n| n + 1))).await.unwrap();
    assert_eq!(child.run().await, Ok(21));

    let pairs = DynamicSupervisor::<Pair<u8, &'static str>>::start().await.unwrap();
    let pair = pairs.start_child((1, Some("two"))).await.unwrap();
    assert_eq!((pair.first().await, pair.second().await), (Ok(1), Ok(Some("two"))));

    let switches = DynamicSupervisor::<Switch>::start().await.unwrap();
    let switch = switches.start_child(()).await.unwrap();
    switch.press();
    assert_eq!(switch.is_on().await, Ok(true));
}

/// Starts anything that takes a number.
async fn start_with_number<S, I>(supervisor: &DynamicSupervisorClient<S>) -> S::Client
where
    S: StartsWith<I, Args = u64>,
{
    supervisor.start_child(7).await.unwrap()
}

#[behaviour::test(start_paused = true)]
async fn who_is_generic_over_servers_can_start_them() {
    let accounts = DynamicSupervisor::<Account>::start().await.unwrap();
    assert_eq!(start_with_number(&accounts).await.balance().await, Ok(7));
    assert_eq!(Account::start_with(8).await.unwrap().balance().await, Ok(8));
}

// XDS-29
#[behaviour::test(start_paused = true)]
async fn a_child_may_have_a_name_a_kind_and_a_time_of_its_own() {
    let accounts = DynamicSupervisor::<Account>::start().restart(Restart::Transient).await.unwrap();
    let named =
        accounts.start_child(1).named("dynamic child").shutdown(Shutdown::Timeout(Duration::ZERO)).await.unwrap();
    assert_eq!(Account::find("dynamic child").unwrap().pid(), named.pid());
    let taken = accounts.start_child(1).named("dynamic child").await.unwrap_err();
    assert_eq!(taken, StartChildError::Start(StartError::AlreadyStarted(named.pid())));

    let before = named.pid();
    named.kill();
    assert_eq!(named.balance().await, Ok(1));
    assert_ne!(named.pid(), before);
    assert_eq!(process::whereis("dynamic child"), Some(named.pid()), "a restart takes the name again");

    let brief = accounts.start_child(1).permanent().shutdown(Shutdown::Timeout(MS)).await.unwrap();
    let mut restarts: Vec<_> = accounts.which_children().await.unwrap().iter().map(|child| child.restart).collect();
    restarts.sort_by_key(|restart| *restart as u8);
    assert_eq!(restarts, [Restart::Permanent, Restart::Transient]);
    accounts.stop().await.unwrap();
    assert!(!named.is_alive() && !brief.is_alive());
    assert_eq!(process::whereis("dynamic child"), None);
}

/// Takes its time to start.
#[gen_server]
struct Slow;

static SLOW_STARTS: AtomicU32 = AtomicU32::new(0);

#[gen_server]
impl Slow {
    #[init]
    async fn init(time: Duration) -> Self {
        tokio::time::sleep(time).await;
        SLOW_STARTS.fetch_add(1, Ordering::Relaxed);
        Self
    }

    #[call]
    fn ping(&self) {}
}

#[behaviour::test(start_paused = true)]
async fn a_start_that_waits_keeps_nobody_else_waiting() {
    let supervisor = DynamicSupervisor::<Any>::start().max_children(12).await.unwrap();
    let begun = tokio::time::Instant::now();
    let slow = tokio::spawn({
        let supervisor = supervisor.clone();
        async move {
            let starts: Vec<_> = (1..=10)
                .map(|n| tokio::spawn(supervisor.start_child(move || Slow::child(n * SECOND)).into_future()))
                .collect();
            for start in starts {
                start.await.unwrap().unwrap().ping().await.unwrap();
            }
        }
    });
    tokio::time::sleep(MS).await;
    let account = supervisor.start_child(|| Account::child(1)).await.unwrap();
    assert_eq!(account.balance().await, Ok(1));
    assert_eq!(begun.elapsed(), MS);

    // Those that are being started have their places, and are no children yet.
    assert_eq!(supervisor.count_children().await.unwrap().specs, 1);
    supervisor.start_child(|| Account::child(1)).await.unwrap();
    assert_eq!(supervisor.start_child(|| Account::child(1)).await.unwrap_err(), StartChildError::MaxChildren);
    slow.await.unwrap();
    assert_eq!(begun.elapsed(), 10 * SECOND);
    assert_eq!(supervisor.count_children().await.unwrap().active, 12);

    let late = supervisor.terminate_child(&account).await;
    assert_eq!(late, Ok(()));
    let error = supervisor.start_child(|| Slow::child(SECOND)).within(MS).await.unwrap_err();
    assert_eq!(error, StartChildError::Start(StartError::Timeout));
}

#[behaviour::test(start_paused = true)]
async fn a_start_that_nobody_waits_for_any_more_is_still_made() {
    let supervisor = DynamicSupervisor::<Slow>::start().await.unwrap();
    let started = SLOW_STARTS.load(Ordering::Relaxed);
    let given_up = tokio::time::timeout(MS, supervisor.start_child(SECOND)).await;
    assert!(given_up.is_err());
    tokio::time::sleep(SECOND).await;
    assert!(SLOW_STARTS.load(Ordering::Relaxed) > started);
    assert_eq!(supervisor.count_children().await.unwrap().active, 1);
    supervisor.children().await.unwrap()[0].ping().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn an_init_may_start_siblings() {
    /// Starts another one of its kind while it starts itself.
    #[gen_server]
    struct Twin;

    #[gen_server]
    impl Twin {
        #[init]
        async fn init(siblings: DynamicSupervisorClient<Twin>, first: bool) -> Result<Self, StartChildError> {
            if first {
                siblings.start_child((siblings.clone(), false)).await?;
            }
            Ok(Self)
        }
    }

    let twins = DynamicSupervisor::<Twin>::start().await.unwrap();
    twins.start_child((twins.clone(), true)).await.unwrap();
    assert_eq!(twins.count_children().await.unwrap().active, 2);
}

#[behaviour::test(start_paused = true)]
async fn who_asks_a_supervisor_that_does_not_live_is_told_so() {
    let accounts = DynamicSupervisor::<Account>::start().await.unwrap();
    let account = accounts.start_child(1).await.unwrap();
    let by_name = accounts.clone();
    accounts.stop().await.unwrap();
    assert_eq!(accounts.start_child(1).await, Err(StartChildError::Call(CallError::NoProcess)));
    assert_eq!(by_name.count_children().await, Err(CallError::NoProcess));
    assert_eq!(accounts.children().await, Err(CallError::NoProcess));
    let error = accounts.terminate_child(&account).await.unwrap_err();
    assert_eq!(error, OperationError::Call(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn clients_are_equal_if_they_name_the_same_and_show_what() {
    let accounts = DynamicSupervisor::<Account>::start().named("dynamic, shown").await.unwrap();
    let permanent = accounts.start_child(1).await.unwrap();
    let temporary = accounts.start_child(1).temporary().await.unwrap();
    assert_ne!(permanent, temporary);
    let mut children = accounts.children().await.unwrap();
    children.sort_by_key(|child| child.pid() == temporary.pid());
    assert_eq!(children, [permanent.clone(), temporary.clone()]);
    assert_eq!(format!("{permanent:?}"), format!("Account{}", permanent.pid()));
    let again = DynamicSupervisor::<Account>::find("dynamic, shown").unwrap();
    assert_eq!(again.pid(), accounts.pid());
    assert!(format!("{accounts:?}").starts_with("DynamicSupervisor("), "{accounts:?}");
    assert_eq!(format!("{:?}", accounts.start_child(1)), "StartChild { .. }");
}

// SUP-14, 96
#[behaviour::test(start_paused = true)]
async fn a_child_is_looked_at_by_its_client_or_its_pid() {
    let children = DynamicSupervisor::<Any>::start().await.unwrap();
    let account = children.start_child(|| Account::child(1)).await.unwrap();
    let tree = || Tree::new(Strategy::OneForOne).into_child();
    let tree = children.start_child(tree).temporary().shutdown(Shutdown::BrutalKill).await.unwrap();

    let info = children.which_child(&account).await.unwrap();
    assert_eq!((info.pid(), &*info.id, info.kind), (Some(account.pid()), "undefined", ProcessKind::Worker));
    let spec = children.get_childspec(account.pid()).await.unwrap();
    assert!(spec.behaviour.ends_with("::Account"), "{spec:?}");
    assert_eq!((spec.restart, spec.shutdown), (Restart::Permanent, Shutdown::Timeout(5 * SECOND)));
    assert!(!spec.significant && spec.backoff.is_none());
    let spec = children.get_childspec(&tree).await.unwrap();
    assert_eq!(
        (spec.kind, spec.restart, spec.shutdown),
        (ProcessKind::Supervisor, Restart::Temporary, Shutdown::BrutalKill)
    );

    let stranger = Account::start(1).await.unwrap();
    assert_eq!(children.which_child(&stranger).await, Err(OperationError::NotFound));
    assert_eq!(children.get_childspec(stranger.pid()).await, Err(OperationError::NotFound));
}
