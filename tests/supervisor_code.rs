//! New code for a running supervisor: other flags and other children, while those who run go on (otp.md 7.9).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{
    AutoShutdown, Backoff, BadCombination, ChildState, DynamicSupervisor, OperationError, Restart, Shutdown,
    StartChildError, Strategy, Tree, TreeClient,
};
use behaviour::sys::{NewCode, Sys, SysError};
use behaviour::testing::settle;
use tokio::sync::Semaphore;

use AutoShutdown::{AllSignificant, AnySignificant, Never};

const SECOND: Duration = Duration::from_secs(1);

/// Has a number that says who described it.
#[gen_server]
struct Worker {
    number: u32,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(number: u32) -> Self {
        Self { number }
    }

    #[call]
    fn number(&self) -> u32 {
        self.number
    }

    #[cast]
    fn end(&mut self) -> Result<(), ExitReason> {
        Err(ExitReason::Normal)
    }
}

/// Starts when the gate is open.
#[gen_server]
struct Late;

#[gen_server]
impl Late {
    #[init]
    async fn init(gate: Arc<Semaphore>) -> Self {
        gate.acquire().await.expect("nobody closes it").forget();
        Self
    }

    #[call]
    fn ping(&self) {}
}

/// Its children have the number it was made with.
#[supervisor(one_for_one, intensity = 10)]
struct Office {
    number: u32,
}

#[supervisor]
impl Office {
    #[child]
    fn first(&self) -> Child<Worker> {
        Worker::child(self.number)
    }

    #[child(shutdown = 2s)]
    fn second(&self) -> Child<Worker> {
        Worker::child(self.number + 1)
    }
}

fn worker(number: u32) -> impl FnMut() -> Child<Worker> + Send + 'static {
    move || Worker::child(number)
}

/// Changes the code as one does.
async fn change<S, By>(sys: Sys<S>, new: impl NewCode<S, By>) -> Result<(), SysError> {
    sys.suspend().await?;
    let changed = sys.change_code(new).await;
    sys.resume().await?;
    changed
}

/// The children, in start order.
async fn ids(tree: &TreeClient) -> Vec<String> {
    let children = tree.which_children().await.unwrap();
    children.iter().rev().map(|child| child.id.to_string()).collect()
}

async fn state(tree: &TreeClient, id: &str) -> ChildState {
    tree.which_child(id).await.unwrap().state
}

/// Why the start would have failed.
fn start_error(changed: Result<(), SysError>) -> StartError {
    let Err(SysError::CodeChange(reason)) = changed else { panic!("{changed:?}") };
    reason.downcast_ref::<StartError>().expect("the error of a start").clone()
}

/// Fails at its first start, and never again.
#[gen_server]
struct Hesitant;

#[gen_server]
impl Hesitant {
    #[init]
    fn init(starts: Arc<AtomicU32>) -> Result<Self, ExitReason> {
        match starts.fetch_add(1, Ordering::Relaxed) {
            0 => Err(ExitReason::error("not yet")),
            _ => Ok(Self),
        }
    }

    #[call]
    fn ping(&self) {}

    #[cast]
    fn end(&mut self) -> Result<(), ExitReason> {
        Err(ExitReason::Normal)
    }
}

// SUP-86
#[behaviour::test(start_paused = true)]
async fn a_temporary_child_that_is_new_is_started_by_hand_until_it_has_been() {
    let tree = Tree::new(Strategy::OneForOne).start().await.unwrap();
    let starts = Arc::new(AtomicU32::new(0));
    let (held, mut panics) = (Arc::downgrade(&starts), true);
    let make = move || {
        assert!(!std::mem::take(&mut panics), "not ready");
        Hesitant::child(Arc::clone(&starts))
    };
    let new = Tree::new(Strategy::OneForOne).child("t", make).restart(Restart::Temporary);
    change(tree.sys(), new).await.unwrap();
    for why in ["panicked: not ready", "not yet"] {
        let Err(OperationError::Start(error)) = tree.restart_child("t").await else { panic!("it has started") };
        assert_eq!(error.to_string(), format!("the process did not start: {why}"));
        assert_eq!(state(&tree, "t").await, ChildState::Undefined);
    }
    assert!(held.upgrade().is_some());
    tree.restart_child("t").await.unwrap();
    assert_eq!(tree.child::<Hesitant>("t").ping().await, Ok(()));
    assert!(held.upgrade().is_none(), "what its start held on to is not kept");

    tree.child::<Hesitant>("t").end();
    settle().await;
    assert_eq!(tree.restart_child("t").await, Err(OperationError::NotFound));
}

// SUP-86
#[behaviour::test(start_paused = true)]
async fn what_the_start_of_a_new_child_holds_on_to_goes_with_the_child() {
    for restart in [Restart::Permanent, Restart::Temporary] {
        let tree = Tree::new(Strategy::OneForOne).start().await.unwrap();
        let held = Arc::new(());
        let known = Arc::downgrade(&held);
        let make = move || {
            let _ = &held;
            Worker::child(1)
        };
        let new = Tree::new(Strategy::OneForOne).child("stays", worker(0)).child("goes", make).restart(restart);
        change(tree.sys(), new).await.unwrap();
        assert!(known.upgrade().is_some());
        tree.delete_child("goes").await.unwrap();
        assert!(known.upgrade().is_none(), "{restart:?}");
    }
}

// SUP-86, SUP-87
#[behaviour::test(start_paused = true)]
async fn those_who_run_go_on_and_those_who_are_new_wait_to_be_started() {
    let tree = Tree::new(Strategy::OneForOne).intensity(9).child("b", worker(1)).child("c", worker(1));
    let tree = tree.start().await.unwrap();
    let extra = tree.start_child("x", worker(1)).await.unwrap();
    let (b, c) = (tree.child::<Worker>("b"), tree.child::<Worker>("c"));
    let pids = (b.pid(), c.pid(), extra.pid());

    let new = Tree::new(Strategy::OneForOne)
        .intensity(9)
        .child("a", worker(2))
        .child("c", worker(2))
        .restart(Restart::Transient)
        .shutdown(Shutdown::Timeout(7 * SECOND))
        .child("b", worker(2));
    change(tree.sys(), new).await.unwrap();

    assert_eq!(ids(&tree).await, ["a", "c", "b", "x"]);
    assert_eq!((b.pid(), c.pid(), extra.pid()), pids);
    let spec = tree.get_childspec("c").await.unwrap();
    assert_eq!((spec.restart, spec.shutdown), (Restart::Transient, Shutdown::Timeout(7 * SECOND)));
    assert_eq!(tree.get_childspec("b").await.unwrap().shutdown, Shutdown::Timeout(5 * SECOND));

    let a = tree.child::<Worker>("a");
    assert_eq!(a.number().await, Err(CallError::NoProcess));
    assert_eq!(state(&tree, "a").await, ChildState::Undefined);
    assert_eq!(tree.which_child("a").await.unwrap().kind, process::ProcessKind::Worker);
    tree.restart_child("a").await.unwrap();
    assert_eq!(a.number().await, Ok(2));

    // The new list describes the next start of those it names, and nobody else's.
    for (client, number) in [(&b, 2), (&c, 2), (&extra, 1)] {
        client.kill();
        assert_eq!(client.number().await, Ok(number));
    }
}

// SUP-86
#[behaviour::test(start_paused = true)]
async fn the_flags_are_the_new_ones() {
    let list = |tree: Tree| tree.child("a", worker(0)).child("b", worker(0)).child("c", worker(0));
    let tree = list(Tree::new(Strategy::OneForOne).intensity(0)).start().await.unwrap();
    change(tree.sys(), list(Tree::new(Strategy::RestForOne).intensity(2).period(SECOND))).await.unwrap();
    let pid = |id: &str| tree.child::<Worker>(id).pid();
    let before = (pid("a"), pid("b"), pid("c"));
    tree.child::<Worker>("b").kill();
    settle().await;
    let after = (pid("a"), pid("b"), pid("c"));
    assert_eq!(before.0, after.0);
    assert!(before.1 != after.1 && before.2 != after.2);
    assert!(tree.tree().await.unwrap().to_string().contains("rest_for_one"));

    // Restarts before a change count after it.
    change(tree.sys(), list(Tree::new(Strategy::OneForOne).intensity(1).period(9 * SECOND))).await.unwrap();
    tokio::time::sleep(2 * SECOND).await;
    tree.child::<Worker>("b").kill();
    settle().await;
    assert!(!tree.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn the_new_order_is_that_of_restarts() {
    let list = |ids: [&str; 3]| {
        let tree = Tree::new(Strategy::RestForOne).intensity(9);
        ids.into_iter().fold(tree, |tree, id| tree.child(id, worker(0)))
    };
    let tree = list(["a", "b", "c"]).start().await.unwrap();
    change(tree.sys(), list(["c", "a", "b"])).await.unwrap();
    let pids = || ["a", "b", "c"].map(|id| tree.child::<Worker>(id).pid());
    let before = pids();
    tree.child::<Worker>("a").kill();
    settle().await;
    let after = pids();
    assert!(before[0] != after[0] && before[1] != after[1]);
    assert_eq!(before[2], after[2]);
}

// SUP-86, SUP-87, SUP-73
#[behaviour::test(start_paused = true)]
async fn a_list_that_is_at_fault_changes_nothing() {
    let tree = Tree::new(Strategy::OneForOne).intensity(9).child("a", worker(1)).start().await.unwrap();
    let pid = tree.child::<Worker>("a").pid();
    let other = || Tree::new(Strategy::OneForAll).intensity(0).child("new", worker(2));

    let twice = change(tree.sys(), other().child("a", worker(2)).child("a", worker(2))).await;
    assert!(matches!(start_error(twice), StartError::Failed(_)));

    let significant = other().child("a", worker(2)).restart(Restart::Transient).significant();
    let StartError::Child { id, error } = start_error(change(tree.sys(), significant).await) else { panic!() };
    let StartError::Failed(reason) = &*error else { panic!("{error:?}") };
    assert_eq!((&*id, reason.downcast_ref()), ("a", Some(&BadCombination::SignificantNever)));

    let something_else = other().child("a", || Tree::new(Strategy::OneForOne).into_child());
    let StartError::Child { id, .. } = start_error(change(tree.sys(), something_else).await) else { panic!() };
    assert_eq!(&*id, "a");

    assert_eq!(tree.sys().change_code(other()).await, Err(SysError::NotSuspended));

    assert_eq!((ids(&tree).await, tree.child::<Worker>("a").pid()), (vec!["a".to_owned()], pid));
    tree.child::<Worker>("a").kill();
    assert_eq!(tree.child::<Worker>("a").number().await, Ok(1));
}

// SUP-87
#[behaviour::test(start_paused = true)]
async fn a_supervisor_takes_another_value_of_its_struct() {
    let office = Office { number: 1 }.start().await.unwrap();
    let extra = office.start_child("extra", worker(9)).await.unwrap();
    let pid = office.first().pid();
    change(office.sys(), Office { number: 5 }).await.unwrap();
    assert_eq!((office.first().number().await, office.first().pid()), (Ok(1), pid));
    office.first().kill();
    assert_eq!(office.first().number().await, Ok(5));
    office.second().kill();
    assert_eq!(office.second().number().await, Ok(6));
    assert_eq!(extra.number().await, Ok(9));
    let children = office.which_children().await.unwrap();
    assert_eq!(children.iter().rev().map(|child| &*child.id).collect::<Vec<_>>(), ["first", "second", "extra"]);
}

/// Two significant children that come one after the other.
async fn significant(tree: &TreeClient, id: &str) -> Result<WorkerClient, OperationError> {
    tree.start_child(id, worker(0)).restart(Restart::Transient).significant().await
}

fn empty(auto_shutdown: AutoShutdown) -> Tree {
    Tree::new(Strategy::OneForOne).auto_shutdown(auto_shutdown)
}

const REFUSED: OperationError = OperationError::BadCombination(BadCombination::SignificantNever);

// SUP-67, SUP-69
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_never_ended_by_itself_does_from_now_on() {
    for (auto_shutdown, ends_with) in [(AnySignificant, 1), (AllSignificant, 2)] {
        let tree = empty(Never).start().await.unwrap();
        assert_eq!(significant(&tree, "a").await.err(), Some(REFUSED));
        change(tree.sys(), empty(auto_shutdown)).await.unwrap();
        let children = [significant(&tree, "a").await.unwrap(), significant(&tree, "b").await.unwrap()];
        for (ended, child) in (1..).zip(children) {
            assert!(tree.is_alive());
            child.end();
            settle().await;
            assert_eq!(tree.is_alive(), ended < ends_with, "{auto_shutdown:?}");
            if !tree.is_alive() {
                break;
            }
        }
    }
}

// SUP-68, SUP-70
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_ended_by_itself_never_does_from_now_on() {
    for auto_shutdown in [AnySignificant, AllSignificant] {
        let tree = empty(auto_shutdown).start().await.unwrap();
        let child = significant(&tree, "a").await.unwrap();
        let pid = child.pid();
        change(tree.sys(), empty(Never)).await.unwrap();
        assert_eq!(child.pid(), pid);
        assert_eq!(significant(&tree, "b").await.err(), Some(REFUSED));
        child.end();
        settle().await;
        assert_eq!(state(&tree, "a").await, ChildState::Undefined);
        tree.restart_child("a").await.unwrap();
        assert_eq!(child.number().await, Ok(0));
    }
}

// SUP-71, SUP-72
#[behaviour::test(start_paused = true)]
async fn how_many_ends_it_takes_may_change() {
    for (before, after, ends_with) in [(AnySignificant, AllSignificant, 2), (AllSignificant, AnySignificant, 1)] {
        let tree = empty(before).start().await.unwrap();
        let (a, b) = (significant(&tree, "a").await.unwrap(), significant(&tree, "b").await.unwrap());
        change(tree.sys(), empty(after)).await.unwrap();
        a.end();
        settle().await;
        assert_eq!(tree.is_alive(), ends_with > 1);
        b.end();
        settle().await;
        assert!(!tree.is_alive());
    }
}

// SUP-73
#[behaviour::test(start_paused = true)]
async fn a_child_becomes_significant_as_it_runs_and_is_none_again() {
    let plain = |auto_shutdown| empty(auto_shutdown).child("a", worker(0)).restart(Restart::Transient);
    let tree = plain(Never).start().await.unwrap();
    assert!(matches!(start_error(change(tree.sys(), plain(Never).significant()).await), StartError::Child { .. }));
    change(tree.sys(), plain(AnySignificant).significant()).await.unwrap();
    assert!(tree.get_childspec("a").await.unwrap().significant);
    change(tree.sys(), plain(AnySignificant)).await.unwrap();
    tree.child::<Worker>("a").end();
    settle().await;
    assert!(tree.is_alive());
    tree.restart_child("a").await.unwrap();
    change(tree.sys(), plain(AnySignificant).significant()).await.unwrap();
    tree.child::<Worker>("a").end();
    settle().await;
    assert!(!tree.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_waits_for_its_restart_is_restarted_wherever_it_stands_now() {
    let backoff = Backoff::new(2 * SECOND).jitter(0.0);
    let tree = Tree::new(Strategy::OneForOne).child("a", worker(1)).backoff(backoff).child("b", worker(1));
    let tree = tree.start().await.unwrap();
    let a = tree.child::<Worker>("a");
    a.kill();
    settle().await;
    assert_eq!(state(&tree, "a").await, ChildState::Restarting);
    for number in [2, 3] {
        let list = Tree::new(Strategy::OneForOne).child("b", worker(number)).child("a", worker(number));
        change(tree.sys(), list).await.unwrap();
    }
    assert_eq!(state(&tree, "a").await, ChildState::Restarting);
    tokio::time::sleep(3 * SECOND).await;
    assert_eq!(a.number().await, Ok(3));
}

#[behaviour::test(start_paused = true)]
async fn a_child_whose_restart_failed_is_tried_again_as_the_new_list_says() {
    let broken = Arc::new(AtomicBool::new(false));
    let make = {
        let broken = Arc::clone(&broken);
        move || {
            assert!(!broken.load(Ordering::Relaxed), "it is broken");
            Worker::child(1)
        }
    };
    let tree = Tree::new(Strategy::OneForOne).intensity(100_000).child("a", make).start().await.unwrap();
    let a = tree.child::<Worker>("a");
    broken.store(true, Ordering::Relaxed);
    a.kill();
    while state(&tree, "a").await != ChildState::Restarting {
        tokio::task::yield_now().await;
    }
    let list = Tree::new(Strategy::OneForOne).intensity(100_000).child("new", worker(0)).child("a", worker(2));
    change(tree.sys(), list).await.unwrap();
    assert_eq!(a.number().await, Ok(2));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_is_starting_a_child_changes_when_that_has_started() {
    let gate = Arc::new(Semaphore::new(1));
    let late = {
        let gate = Arc::clone(&gate);
        move || Late::child(Arc::clone(&gate))
    };
    let tree = Tree::new(Strategy::OneForOne).child("late", late.clone()).start().await.unwrap();
    let client = tree.child::<Late>("late");
    client.kill();
    settle().await;
    let sys = tree.sys();
    sys.suspend().await.unwrap();
    let changing = tokio::spawn(async move {
        let changed = sys.change_code(Tree::new(Strategy::OneForOne).child("new", worker(0)).child("late", late)).await;
        sys.resume().await.unwrap();
        changed
    });
    settle().await;
    assert!(!changing.is_finished());
    gate.add_permits(1);
    assert_eq!(changing.await.unwrap(), Ok(()));
    assert_eq!(client.ping().await, Ok(()));
    assert_eq!(ids(&tree).await, ["new", "late"]);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_ends_before_it_changes_says_so() {
    let gate = Arc::new(Semaphore::new(1));
    let late = move || Late::child(Arc::clone(&gate));
    let tree = Tree::new(Strategy::OneForOne).child("late", late).start().await.unwrap();
    tree.child::<Late>("late").kill();
    settle().await;
    let sys = tree.sys();
    sys.suspend().await.unwrap();
    let change = tokio::spawn(async move { sys.change_code(Tree::new(Strategy::OneForOne)).await });
    settle().await;
    tree.kill();
    assert_eq!(change.await.unwrap(), Err(SysError::Call(CallError::Exited(ExitReason::Killed))));
}

#[behaviour::test(start_paused = true)]
async fn what_described_the_children_goes_with_the_last_who_needs_it() {
    let held = Arc::new(());
    let holding = |held: &Arc<()>| {
        let held = Arc::clone(held);
        move || {
            let _ = &held;
            Worker::child(1)
        }
    };
    let tree = Tree::new(Strategy::OneForOne).child("a", holding(&held)).child("b", worker(1));
    let tree = tree.start().await.unwrap();
    change(tree.sys(), Tree::new(Strategy::OneForOne).child("b", worker(2))).await.unwrap();
    assert_eq!(Arc::strong_count(&held), 2);
    tree.terminate_child("a").await.unwrap();
    tree.restart_child("a").await.unwrap();
    change(tree.sys(), Tree::new(Strategy::OneForOne).child("a", worker(3))).await.unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
    let refused = Tree::new(Strategy::OneForOne).child("a", holding(&held)).child("a", worker(1));
    start_error(change(tree.sys(), refused).await);
    assert_eq!(Arc::strong_count(&held), 1);
}

// SUP-88, SUP-89, XDS-10
#[behaviour::test(start_paused = true)]
async fn a_dynamic_supervisor_takes_the_options_of_another_start() {
    let workers = DynamicSupervisor::<Worker>::start().intensity(0).await.unwrap();
    let first = workers.start_child(1).await.unwrap();
    let second = workers.start_child(2).await.unwrap();
    let limited = DynamicSupervisor::<Worker>::start()
        .max_children(1)
        .intensity(2)
        .period(SECOND)
        .restart(Restart::Transient)
        .shutdown(Shutdown::BrutalKill);
    change(workers.sys(), limited).await.unwrap();
    assert_eq!((first.number().await, second.number().await), (Ok(1), Ok(2)));
    assert_eq!(workers.start_child(3).await, Err(StartChildError::MaxChildren));
    workers.terminate_child(&first).await.unwrap();
    assert_eq!(workers.start_child(3).await, Err(StartChildError::MaxChildren));

    second.kill();
    assert_eq!(second.number().await, Ok(2));
    let of = workers.get_childspec(&second).await.unwrap();
    assert_eq!((of.restart, of.shutdown), (Restart::Permanent, Shutdown::Timeout(5 * SECOND)));
    workers.terminate_child(&second).await.unwrap();
    let third = workers.start_child(3).await.unwrap();
    let of = workers.get_childspec(&third).await.unwrap();
    assert_eq!((of.restart, of.shutdown), (Restart::Transient, Shutdown::BrutalKill));
    assert_eq!(workers.sys().change_code(DynamicSupervisor::start()).await, Err(SysError::NotSuspended));
    assert_eq!(workers.start_child(4).await, Err(StartChildError::MaxChildren));
}
