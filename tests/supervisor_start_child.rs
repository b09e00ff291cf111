//! Children that come while their supervisor runs, and what is told of one child (otp.md 7.8).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, ProcessKind};
use behaviour::supervisor::{AutoShutdown, Backoff, BadCombination, ChildState, OperationError, Restart};
use behaviour::supervisor::{Shutdown, Strategy, Supervisor, Tree, TreeClient};
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// Ends as it is told.
#[gen_server]
struct Worker {
    number: u32,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(number: u32) -> Result<Self, String> {
        if number == 0 { Err("no number".into()) } else { Ok(Self { number }) }
    }

    #[call]
    fn number(&self) -> u32 {
        self.number
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }
}

/// Starts, or is ignored.
#[gen_server]
struct Shy;

#[gen_server]
impl Shy {
    #[init]
    fn init(there: bool) -> Option<Self> {
        there.then_some(Self)
    }

    #[call]
    fn ping(&self) {}
}

/// Its children say all that can be said.
#[supervisor(rest_for_one, intensity = 10, auto_shutdown = any_significant)]
struct Office;

#[supervisor]
impl Office {
    #[child]
    fn clerk(&self) -> Child<Worker> {
        Worker::child(1)
    }

    #[child(transient, significant, shutdown = 0s)]
    fn head_of_all(&self) -> Child<Worker> {
        Worker::child(2)
    }

    #[child(shutdown = brutal_kill, backoff(initial = 1s, max = 1m, factor = 3, jitter = 0))]
    fn feed(&self) -> Child<Worker> {
        Worker::child(3)
    }

    #[child(temporary, shutdown = infinity)]
    fn guest(&self) -> Child<Shy> {
        Shy::child(false)
    }

    #[child]
    fn archive(&self) -> Child<Tree> {
        Tree::new(Strategy::OneForOne).into_child()
    }
}

async fn tree() -> TreeClient {
    Tree::new(Strategy::OneForOne).intensity(10).start().await.unwrap()
}

/// Each start has the next number.
fn counting() -> impl FnMut() -> Child<Worker> + Send + 'static {
    let mut starts = 0;
    move || {
        starts += 1;
        Worker::child(starts)
    }
}

async fn counts<S: Supervisor + Behaviour>(tree: &behaviour::server::Client<S>) -> (usize, usize, usize, usize) {
    let counts = tree.count_children().await.unwrap();
    (counts.specs, counts.active, counts.supervisors, counts.workers)
}

/// The ids of the children, the last one first.
async fn ids(tree: &TreeClient) -> Vec<String> {
    tree.which_children().await.unwrap().iter().map(|child| child.id.to_string()).collect()
}

// XSU-13, XSU-16, SUP-25, SUP-95
#[behaviour::test(start_paused = true)]
async fn a_child_comes_lives_and_goes() {
    let tree = tree().await;
    assert_eq!(counts(&tree).await, (0, 0, 0, 0));
    assert_eq!(tree.which_children().await, Ok(Vec::new()));

    let worker: WorkerClient = tree.start_child("worker", counting()).await.unwrap();
    assert_eq!((worker.number().await, counts(&tree).await), (Ok(1), (1, 1, 0, 1)));
    let again = tree.start_child("worker", counting()).await;
    assert_eq!(again, Err(OperationError::AlreadyStarted(worker.pid())));
    assert_eq!(tree.delete_child("worker").await, Err(OperationError::Running));
    let told = tree.which_child("worker").await.unwrap();
    assert_eq!((&*told.id, told.pid(), told.kind), ("worker", Some(worker.pid()), ProcessKind::Worker));

    // It is described anew at each start, and its client follows it.
    worker.kill();
    assert_eq!(worker.number().await, Ok(2));
    assert_eq!(worker, tree.child::<Worker>("worker"));

    assert_eq!(tree.terminate_child("worker").await, Ok(()));
    assert_eq!(tree.which_child("worker").await.unwrap().state, ChildState::Undefined);
    assert_eq!(counts(&tree).await, (1, 0, 0, 1));
    assert_eq!(tree.start_child("worker", counting()).await, Err(OperationError::AlreadyPresent));
    assert_eq!(worker.number().await, Err(CallError::NoProcess));
    assert_eq!(tree.restart_child("worker").await, Ok(()));
    assert_eq!(worker.number().await, Ok(3));

    assert_eq!(tree.terminate_child("worker").await, Ok(()));
    assert_eq!(tree.delete_child("worker").await, Ok(()));
    assert_eq!(tree.which_child("worker").await, Err(OperationError::NotFound));
    assert_eq!(tree.get_childspec("worker").await, Err(OperationError::NotFound));
    // Another child may have its id, and is another child.
    let other = tree.start_child("worker", counting()).await.unwrap();
    assert_eq!((other.number().await, worker.number().await), (Ok(1), Err(CallError::NoProcess)));

    tree.stop().await.unwrap();
    assert!(!other.is_alive());
    let gone = OperationError::Call(CallError::NoProcess);
    assert_eq!(tree.start_child("late", counting()).await, Err(gone.clone()));
    assert_eq!(tree.which_child("worker").await, Err(gone.clone()));
    assert_eq!(tree.get_childspec("worker").await, Err(gone));
}

// SUP-10
#[behaviour::test(start_paused = true)]
async fn a_child_that_does_not_start_is_not_kept() {
    let tree = tree().await;
    let failed = StartError::Failed(ExitReason::error("no number"));
    let error = tree.start_child("worker", || Worker::child(0)).await.unwrap_err();
    assert_eq!(error, OperationError::Start(failed));
    let panics = tree.start_child::<Worker>("worker", || panic!("no idea")).await.unwrap_err();
    assert_eq!(panics.to_string(), "the process did not start: panicked: no idea");
    assert_eq!(counts(&tree).await, (0, 0, 0, 0));
    assert_eq!(tree.child::<Worker>("worker").number().await, Err(CallError::NoProcess));
    assert!(tree.start_child("worker", counting()).await.is_ok());
}

// SUP-03, SUP-05
#[behaviour::test(start_paused = true)]
async fn a_child_that_chooses_not_to_start_is_kept_unless_it_is_temporary() {
    let tree = tree().await;
    let ignored = Err(OperationError::Start(StartError::Ignored));
    assert_eq!(tree.start_child("temporary", || Shy::child(false)).restart(Restart::Temporary).await, ignored);
    assert_eq!(ids(&tree).await, Vec::<String>::new());
    assert_eq!(tree.start_child("permanent", || Shy::child(false)).await, ignored);
    assert_eq!(tree.which_child("permanent").await.unwrap().state, ChildState::Undefined);
    tree.start_child("there", || Shy::child(true)).await.unwrap();
    assert_eq!((ids(&tree).await, counts(&tree).await), (vec!["there".into(), "permanent".into()], (2, 1, 0, 2)));
    assert_eq!(tree.restart_child("permanent").await, Ok(()));
    assert_eq!(tree.child::<Shy>("permanent").ping().await, Err(CallError::NoProcess));
}

// SUP-79
#[behaviour::test(start_paused = true)]
async fn only_the_id_of_a_temporary_child_is_free_when_it_has_ended() {
    for strategy in [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne] {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            for end in [Some(ExitReason::Killed), Some(ExitReason::Normal), Some(ExitReason::error("boom")), None] {
                let tree = Tree::new(strategy).start().await.unwrap();
                let child = tree.start_child("a", counting()).restart(restart).await.unwrap();
                match &end {
                    Some(ExitReason::Killed) => child.kill(),
                    Some(reason) => child.end(reason.clone()),
                    None => tree.terminate_child("a").await.unwrap(),
                }
                settle().await;
                let again = tree.start_child("a", counting()).await;
                let stays_down = end.is_none() || (restart == Restart::Transient && end == Some(ExitReason::Normal));
                match restart {
                    Restart::Temporary => assert_eq!(again.unwrap().number().await, Ok(1)),
                    _ if stays_down => assert_eq!(again, Err(OperationError::AlreadyPresent)),
                    _ => assert_eq!(again, Err(OperationError::AlreadyStarted(child.pid()))),
                }
                tree.stop().await.unwrap();
            }
        }
    }
}

// SUP-42, SUP-78
#[behaviour::test(start_paused = true)]
async fn what_a_child_was_started_with_is_kept_as_long_as_it_can_be_restarted() {
    let tree = tree().await;
    let start = |restart: Restart| {
        let argument = Arc::new(());
        let known: Weak<()> = Arc::downgrade(&argument);
        let id = format!("{restart:?}");
        let made = move || {
            let _ = &argument;
            Worker::child(1)
        };
        (known, tree.start_child(id, made).restart(restart))
    };
    let (temporary, started) = start(Restart::Temporary);
    started.await.unwrap();
    assert!(temporary.upgrade().is_none());
    let (transient, started) = start(Restart::Transient);
    started.await.unwrap();
    tree.terminate_child("Transient").await.unwrap();
    assert!(transient.upgrade().is_some());
    tree.delete_child("Transient").await.unwrap();
    assert!(transient.upgrade().is_none());
    // One that was not started at all is not kept either.
    let (refused, started) = start(Restart::Permanent);
    assert!(started.significant().await.is_err());
    assert!(refused.upgrade().is_none());
}

// XGS-01, XSU-01, XSU-02, XSU-15, SUP-13
#[behaviour::test(start_paused = true)]
async fn a_specification_is_told_with_its_defaults() {
    let office = Office.start().await.unwrap();
    let [clerk, head, feed, archive] =
        [OfficeChild::Clerk, OfficeChild::HeadOfAll, OfficeChild::Feed, OfficeChild::Archive];
    let told = office.get_childspec(clerk).await.unwrap();
    assert_eq!((&*told.id, told.kind, told.restart), ("clerk", ProcessKind::Worker, Restart::Permanent));
    assert_eq!((told.significant, told.shutdown, told.backoff), (false, Shutdown::Timeout(5 * SECOND), None));
    assert!(told.behaviour.ends_with("::Worker"));
    let told = office.get_childspec(head).await.unwrap();
    assert_eq!((&*told.id, told.restart, told.significant), ("head_of_all", Restart::Transient, true));
    assert_eq!(told.shutdown, Shutdown::Timeout(Duration::ZERO));
    let told = office.get_childspec(feed).await.unwrap();
    let backoff = Backoff::new(SECOND).max(60 * SECOND).factor(3.0).jitter(0.0);
    assert_eq!((told.shutdown, told.backoff), (Shutdown::BrutalKill, Some(backoff)));
    let told = office.get_childspec(archive).await.unwrap();
    assert_eq!((told.kind, told.shutdown), (ProcessKind::Supervisor, Shutdown::Infinity));
    // The guest chose not to come, and is forgotten.
    assert_eq!(office.get_childspec(OfficeChild::Guest).await, Err(OperationError::NotFound));

    let new = office.start_child("new", || Worker::child(9)).restart(Restart::Transient).significant();
    let new = new.shutdown(Shutdown::Timeout(Duration::from_millis(1))).backoff(backoff).await.unwrap();
    let told = office.get_childspec("new").await.unwrap();
    assert_eq!((&*told.id, told.restart, told.significant), ("new", Restart::Transient, true));
    assert_eq!((told.shutdown, told.backoff), (Shutdown::Timeout(Duration::from_millis(1)), Some(backoff)));
    // And what is said holds.
    new.kill();
    settle().await;
    assert_eq!(office.which_child("new").await.unwrap().state, ChildState::Restarting);
    assert_eq!(new.number().await, Ok(9));
    new.end(ExitReason::Normal);
    assert_eq!(office.ended().await, ExitReason::Shutdown);
}

// SUP-25, SUP-95
#[behaviour::test(start_paused = true)]
async fn the_children_of_a_supervisor_have_names_that_the_compiler_knows() {
    let office = Office.start().await.unwrap();
    let clerk = office.clerk();
    assert_eq!(office.which_child(OfficeChild::Clerk).await.unwrap().pid(), Some(clerk.pid()));
    assert_eq!(office.terminate_child(OfficeChild::Clerk).await, Ok(()));
    assert_eq!(clerk.number().await, Err(CallError::NoProcess));
    assert_eq!(office.restart_child(OfficeChild::Clerk).await, Ok(()));
    assert_eq!(clerk.number().await, Ok(1));
    assert_eq!(office.terminate_child(OfficeChild::Clerk).await, Ok(()));
    assert_eq!(office.delete_child(OfficeChild::Clerk).await, Ok(()));
    // Who takes the place of a child that was declared is reached by the same clients.
    let temp = office.start_child(OfficeChild::Clerk, || Worker::child(7)).restart(Restart::Temporary).await.unwrap();
    assert_eq!((temp.clone(), clerk.number().await, office.clerk().number().await), (clerk, Ok(7), Ok(7)));
    // But not if it is of another kind.
    let guest = office.start_child(OfficeChild::Guest, || Worker::child(8)).await.unwrap();
    assert_eq!((guest.number().await, office.guest().ping().await), (Ok(8), Err(CallError::NoProcess)));
    assert_eq!((OfficeChild::HeadOfAll.as_ref(), OfficeChild::Feed.to_string().as_str()), ("head_of_all", "feed"));
    assert_eq!(format!("{:?} {:>6}", OfficeChild::Feed, OfficeChild::Feed), "Feed   feed");
}

// SUP-90
#[behaviour::test(start_paused = true)]
async fn a_child_that_comes_later_is_the_last_in_order() {
    let order = Arc::new(AtomicU32::new(0));
    let numbered = |order: &Arc<AtomicU32>| {
        let order = order.clone();
        move || Worker::child(order.fetch_add(1, Ordering::Relaxed) + 1)
    };
    let tree = Tree::new(Strategy::RestForOne).child("a", numbered(&order)).child("b", numbered(&order));
    let tree = tree.start().await.unwrap();
    tree.start_child("c", numbered(&order)).await.unwrap();
    assert_eq!(ids(&tree).await, ["c", "b", "a"]);
    tree.child::<Worker>("b").kill();
    settle().await;
    let mut numbers = Vec::new();
    for id in ["a", "b", "c"] {
        numbers.push(tree.child::<Worker>(id).number().await.unwrap());
    }
    assert_eq!(numbers, [1, 4, 5]);
}

// SUP-29, SUP-67
#[behaviour::test(start_paused = true)]
async fn words_that_contradict_each_other_are_refused() {
    let backoff = Backoff::new(SECOND);
    let never = tree().await;
    let any = Tree::new(Strategy::OneForOne).auto_shutdown(AutoShutdown::AnySignificant).start().await.unwrap();
    let new = |tree: &TreeClient| tree.start_child("new", counting());
    let refused = |error| Err(OperationError::BadCombination(error));
    let transient = new(&never).restart(Restart::Transient).significant().await;
    assert_eq!(transient, refused(BadCombination::SignificantNever));
    assert_eq!(new(&any).significant().await, refused(BadCombination::SignificantPermanent));
    let temporary = new(&any).restart(Restart::Temporary).backoff(backoff).await;
    assert_eq!(temporary, refused(BadCombination::BackoffTemporary));
    for tree in [never, any] {
        assert_eq!(counts(&tree).await, (0, 0, 0, 0));
        assert!(new(&tree).restart(Restart::Transient).backoff(backoff).await.is_ok());
    }
}

// SUP-59
#[behaviour::test(start_paused = true)]
async fn children_that_came_later_do_not_come_back_with_their_supervisor() {
    let top = Tree::new(Strategy::OneForOne)
        .child("below", || Tree::new(Strategy::OneForOne).child("static", counting()).into_child());
    let top = top.start().await.unwrap();
    let below = top.child::<Tree>("below");
    let dynamic = below.start_child("dynamic", counting()).await.unwrap();
    below.kill();
    // What is asked of a supervisor that is being restarted waits for the new one.
    assert_eq!(ids(&below).await, ["static"]);
    assert_eq!(dynamic.number().await, Err(CallError::NoProcess));
    assert_eq!(below.child::<Worker>("dynamic").number().await, Err(CallError::NoProcess));
    assert_eq!(below.child::<Worker>("static").number().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn children_that_come_and_go_leave_nothing_behind() {
    let tree = tree().await;
    let mut pids = Vec::new();
    for number in 1..=100 {
        let child = tree.start_child(number.to_string(), counting()).restart(Restart::Temporary).await.unwrap();
        pids.push(child.pid());
        child.end(ExitReason::Normal);
    }
    settle().await;
    assert_eq!((ids(&tree).await.len(), counts(&tree).await), (0, (0, 0, 0, 0)));
    assert!(!pids.into_iter().any(process::is_alive));
}

// XSU-03, XSU-07, XSU-10, SUP-28
#[behaviour::test(start_paused = true)]
async fn a_supervisor_has_its_name_and_its_flags_whoever_starts_it() {
    let office = Office.start_link().named("start_child: the office").await.unwrap();
    assert_eq!(Office::find("start_child: the office").unwrap().which_children().await.unwrap().len(), 4);
    // `rest_for_one`, and ten restarts.
    let before = office.archive().pid();
    office.clerk().kill();
    assert_eq!(office.clerk().number().await, Ok(1));
    assert_ne!(office.archive().pid(), before);
    let twice = Tree::new(Strategy::OneForOne).child("a", counting()).child("a", counting()).start().await;
    assert_eq!(twice.unwrap_err().to_string(), "the process did not start: two children are called `a`");
    office.stop().await.unwrap();
}
