//! What can be asked of a supervisor: its children, how many there are, and to end, start and forget them one by one
//! (otp.md 7.8).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, ProcessKind};
use behaviour::supervisor::{ChildState, OperationError, Restart, Shutdown, Strategy, Tree, TreeClient};

const SECOND: Duration = Duration::from_secs(1);

/// Ends as it is told.
#[gen_server]
struct Worker;

#[gen_server]
impl Worker {
    #[init]
    fn init(fault: Option<&'static str>) -> Result<Self, String> {
        fault.map_or(Ok(Self), |fault| Err(fault.into()))
    }

    #[call]
    fn ping(&self) {}

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

/// As often as is said, its start fails; from the outside this can be set anew.
#[derive(Clone, Default)]
struct Faults(Arc<AtomicU32>);

impl Faults {
    fn set(&self, times: u32) {
        self.0.store(times, Ordering::Relaxed);
    }

    fn child(&self) -> impl FnMut() -> Child<Worker> + Send + 'static {
        let faults = self.clone();
        move || {
            let left = faults.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            Worker::child(left.is_ok().then_some("not now"))
        }
    }
}

fn worker() -> Child<Worker> {
    Worker::child(None)
}

/// A worker, two that may not want to come, and a supervisor.
#[supervisor(one_for_one)]
struct Office {
    shy: bool,
}

#[supervisor]
impl Office {
    #[child]
    fn clerk(&self) -> Child<Worker> {
        worker()
    }

    #[child(transient)]
    fn intern(&self) -> Child<Shy> {
        Shy::child(!self.shy)
    }

    #[child(temporary)]
    fn visitor(&self) -> Child<Shy> {
        Shy::child(!self.shy)
    }

    #[child]
    fn archive(&self) -> Child<Tree> {
        Tree::new(Strategy::OneForOne).child("box", worker).into_child()
    }
}

async fn counts(tree: &TreeClient) -> (usize, usize, usize, usize) {
    let counts = tree.count_children().await.unwrap();
    (counts.specs, counts.active, counts.supervisors, counts.workers)
}

/// The children, the last one first: `=` runs, `?` restarts, `-` does not run.
async fn which(tree: &TreeClient) -> String {
    let children = tree.which_children().await.unwrap();
    let told = children.iter().map(|child| match child.state {
        ChildState::Running(_) => format!("{}=", child.id),
        ChildState::Restarting => format!("{}?", child.id),
        ChildState::Undefined => format!("{}-", child.id),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Lets everything else run until nothing is left to do.
async fn settle() {
    tokio::time::sleep(SECOND).await;
}

// SUP-03, SUP-95
#[behaviour::test(start_paused = true)]
async fn a_child_that_is_ignored_is_known_unless_it_is_temporary() {
    let office = Office { shy: true }.start().await.unwrap();
    let children = office.which_children().await.unwrap();
    let told: Vec<_> = children.iter().map(|child| (&*child.id, child.pid(), child.kind, child.restart)).collect();
    let (clerk, archive) = (office.clerk().pid(), office.archive().pid());
    let expected = [
        ("archive", Some(archive), ProcessKind::Supervisor, Restart::Permanent),
        ("intern", None, ProcessKind::Worker, Restart::Transient),
        ("clerk", Some(clerk), ProcessKind::Worker, Restart::Permanent),
    ];
    assert_eq!(told, expected);
    let counts = office.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.supervisors, counts.workers), (3, 2, 1, 2));
    // Nobody waits for one who did not want to come.
    assert_eq!(office.intern().ping().await, Err(CallError::NoProcess));
    assert_eq!(office.visitor().ping().await, Err(CallError::NoProcess));
    assert_eq!(office.restart_child("intern").await, Ok(()));
    assert_eq!(office.intern().ping().await, Err(CallError::NoProcess));
    office.stop().await.unwrap();

    let office = Office { shy: false }.start().await.unwrap();
    assert_eq!(office.count_children().await.unwrap().specs, 4);
    assert_eq!(office.intern().ping().await, Ok(()));
    assert_eq!(office.visitor().ping().await, Ok(()));
}

// SUP-25, SUP-95
#[behaviour::test(start_paused = true)]
async fn the_whole_life_of_a_child_by_hand() {
    let tree = Tree::new(Strategy::OneForOne).child("a", worker).start().await.unwrap();
    let child = tree.child::<Worker>("a");
    let first = child.pid();
    assert_eq!(tree.terminate_child("b").await, Err(OperationError::NotFound));
    assert_eq!(tree.restart_child("a").await, Err(OperationError::Running));
    assert_eq!(tree.delete_child("a").await, Err(OperationError::Running));
    assert_eq!(counts(&tree).await, (1, 1, 0, 1));

    assert_eq!(tree.terminate_child("a").await, Ok(()));
    assert!(!process::is_alive(first));
    assert_eq!(tree.terminate_child("a").await, Ok(()));
    assert_eq!((which(&tree).await.as_str(), counts(&tree).await), ("a-", (1, 0, 0, 1)));
    assert_eq!(child.ping().await, Err(CallError::NoProcess));

    assert_eq!(tree.restart_child("a").await, Ok(()));
    assert_eq!(child.ping().await, Ok(()));
    assert_ne!(child.pid(), first);
    assert_eq!(tree.restart_child("b").await, Err(OperationError::NotFound));
    assert_eq!(tree.delete_child("b").await, Err(OperationError::NotFound));

    assert_eq!(tree.terminate_child("a").await, Ok(()));
    assert_eq!(tree.delete_child("a").await, Ok(()));
    assert_eq!(tree.restart_child("a").await, Err(OperationError::NotFound));
    assert_eq!((which(&tree).await.as_str(), counts(&tree).await), ("", (0, 0, 0, 0)));
    assert_eq!(child.ping().await, Err(CallError::NoProcess));

    tree.stop().await.unwrap();
    let gone = OperationError::Call(CallError::NoProcess);
    assert_eq!(tree.terminate_child("a").await, Err(gone.clone()));
    assert_eq!(tree.restart_child("a").await, Err(gone.clone()));
    assert_eq!(tree.delete_child("a").await, Err(gone));
    assert_eq!(tree.which_children().await, Err(CallError::NoProcess));
    assert_eq!(tree.count_children().await, Err(CallError::NoProcess));
}

// SUP-10, SUP-25
#[behaviour::test(start_paused = true)]
async fn a_child_that_does_not_start_by_hand_stays_as_it_was() {
    let faults = Faults::default();
    let tree = Tree::new(Strategy::OneForOne).child("a", faults.child()).start().await.unwrap();
    tree.terminate_child("a").await.unwrap();
    faults.set(1);
    let error = tree.restart_child("a").await.unwrap_err();
    assert_eq!(error, OperationError::Start(StartError::Failed(ExitReason::error("not now"))));
    settle().await;
    // It is not tried again, and nobody waits for it.
    assert_eq!(which(&tree).await, "a-");
    assert_eq!(tree.child::<Worker>("a").ping().await, Err(CallError::NoProcess));
    assert_eq!(tree.restart_child("a").await, Ok(()));
    // What went wrong once is not told again.
    assert_eq!(tree.terminate_child("a").await, Ok(()));
}

// SUP-79
#[behaviour::test(start_paused = true)]
async fn only_a_temporary_child_is_forgotten_when_it_ends() {
    let boom = ExitReason::error("boom");
    let ends = [Some(ExitReason::Killed), Some(ExitReason::Normal), Some(boom), None];
    for strategy in [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne] {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            for end in &ends {
                let tree = Tree::new(strategy).child("a", worker).restart(restart).start().await.unwrap();
                let child = tree.child::<Worker>("a");
                match end {
                    Some(ExitReason::Killed) => child.kill(),
                    Some(reason) => child.end(reason.clone()),
                    None => tree.terminate_child("a").await.unwrap(),
                }
                settle().await;
                let by_hand = end.is_none() || (restart == Restart::Transient && *end == Some(ExitReason::Normal));
                let expected = match restart {
                    Restart::Temporary => Err(OperationError::NotFound),
                    _ if by_hand => Ok(()),
                    _ => Err(OperationError::Running),
                };
                assert_eq!(tree.restart_child("a").await, expected, "{strategy:?} {restart:?} {end:?}");
                assert_eq!(counts(&tree).await.1, usize::from(restart != Restart::Temporary));
                tree.stop().await.unwrap();
            }
        }
    }
}

// SUP-42, SUP-78
#[behaviour::test(start_paused = true)]
async fn what_a_temporary_child_was_started_with_is_not_kept() {
    let argument = Arc::new(());
    let known: Weak<()> = Arc::downgrade(&argument);
    let tree = Tree::new(Strategy::OneForAll)
        .child("temporary", move || {
            let _ = &argument;
            worker()
        })
        .restart(Restart::Temporary);
    assert!(known.upgrade().is_some());
    let tree = tree.start().await.unwrap();
    assert!(known.upgrade().is_none());
    assert_eq!(tree.child::<Worker>("temporary").ping().await, Ok(()));
}

// SUP-76, SUP-83
#[behaviour::test(start_paused = true)]
async fn a_child_whose_restart_fails_for_ever_can_be_terminated() {
    let faults = Faults::default();
    let tree = Tree::new(Strategy::OneForOne).intensity(u32::MAX).child("a", faults.child()).start().await.unwrap();
    let child = tree.child::<Worker>("a");
    faults.set(u32::MAX);
    child.kill();
    child.ended().await;
    while which(&tree).await != "a?" {}
    assert_eq!(tree.restart_child("a").await, Err(OperationError::Restarting));
    assert_eq!(tree.delete_child("a").await, Err(OperationError::Restarting));
    assert_eq!((which(&tree).await.as_str(), counts(&tree).await), ("a?", (1, 0, 0, 1)));
    assert_eq!(tree.terminate_child("a").await, Ok(()));
    assert_eq!((which(&tree).await.as_str(), counts(&tree).await), ("a-", (1, 0, 0, 1)));
    assert_eq!(child.ping().await, Err(CallError::NoProcess));
    faults.set(0);
    assert_eq!(tree.restart_child("a").await, Ok(()));
    assert_eq!(child.ping().await, Ok(()));

    // It can also be ended as a whole, in order or not, while it tries.
    faults.set(u32::MAX);
    child.kill();
    while which(&tree).await != "a?" {}
    assert_eq!(tree.stop().await, Ok(()));
}

// SUP-83
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_restarts_for_ever_can_be_killed() {
    let faults = Faults::default();
    let tree = Tree::new(Strategy::OneForAll).intensity(u32::MAX).child("a", faults.child()).start().await.unwrap();
    faults.set(u32::MAX);
    tree.child::<Worker>("a").kill();
    while which(&tree).await != "a?" {}
    let ended = tree.ended();
    tree.kill();
    assert_eq!(ended.await, ExitReason::Killed);
    assert_eq!(tree.child::<Worker>("a").ping().await, Err(CallError::NoProcess));
}

// SUP-84
#[behaviour::test(start_paused = true)]
async fn those_after_a_child_whose_restart_fails_wait_with_it() {
    let faults = Faults::default();
    let tree = Tree::new(Strategy::RestForOne).intensity(u32::MAX).child("a", worker).child("b", faults.child());
    let tree = tree.child("c", worker).start().await.unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|id| tree.child::<Worker>(id));
    let before = a.pid();
    faults.set(u32::MAX);
    b.kill();
    while which(&tree).await != "c- b? a=" {}
    assert_eq!(tree.restart_child("b").await, Err(OperationError::Restarting));
    assert_eq!(counts(&tree).await, (3, 1, 0, 3));
    // Whoever calls one of them waits for it.
    let (answer, ()) = tokio::join!(c.ping().forever(), async {
        tokio::task::yield_now().await;
        faults.set(0);
    });
    assert_eq!((answer, b.ping().await, which(&tree).await.as_str()), (Ok(()), Ok(()), "c= b= a="));

    faults.set(u32::MAX);
    b.kill();
    while which(&tree).await != "c- b? a=" {}
    let (answer, ()) = tokio::join!(c.ping().forever(), async {
        tokio::task::yield_now().await;
        tree.terminate_child("b").await.unwrap();
    });
    // Now nobody is going to start it again, except by hand.
    assert_eq!((answer, which(&tree).await.as_str()), (Err(CallError::NoProcess), "c- b- a="));
    faults.set(0);
    assert_eq!(tree.restart_child("c").await, Ok(()));
    assert_eq!((c.ping().await, a.pid()), (Ok(()), before));
    assert_eq!(tree.restart_child("b").await, Ok(()));
    assert_eq!(which(&tree).await, "c= b= a=");
}

#[behaviour::test(start_paused = true)]
async fn an_operation_is_answered_when_it_has_been_carried_out() {
    let tree = Tree::new(Strategy::OneForOne).child("a", worker).shutdown(Shutdown::BrutalKill).child("b", worker);
    let tree = tree.start().await.unwrap();
    let pids = ["a", "b"].map(|id| tree.child::<Worker>(id).pid());
    let done = tokio::join!(tree.terminate_child("a"), tree.terminate_child("b"), tree.delete_child("a"));
    assert_eq!(done, (Ok(()), Ok(()), Ok(())));
    assert!(!pids.into_iter().any(process::is_alive));
    assert_eq!(which(&tree).await, "b-");
}
