//! Supervisors that end when their significant children have (otp.md 7.5).
//!
//! Only a child's own end counts, and only one that no restart follows.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{AutoShutdown, BadCombination, Restart, Strategy, Tree, TreeClient};
use behaviour::testing::settle;

use AutoShutdown::{AllSignificant, AnySignificant, Never};
use Restart::{Permanent, Temporary, Transient};

const STRATEGIES: [Strategy; 3] = [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne];

/// Ends as it is told.
#[gen_server]
struct Worker;

#[gen_server]
impl Worker {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn ping(&self) {}

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }
}

/// A job of two parts, and somebody who looks on: it is done when both parts are.
#[supervisor(one_for_one, intensity = 10, auto_shutdown = all_significant)]
struct Job;

#[supervisor]
impl Job {
    #[child(transient, significant)]
    fn first(&self) -> Child<Worker> {
        Worker::child()
    }

    #[child(temporary, significant)]
    fn second(&self) -> Child<Worker> {
        Worker::child()
    }

    #[child]
    fn onlooker(&self) -> Child<Worker> {
        Worker::child()
    }
}

/// Runs such jobs.
#[supervisor(one_for_one, intensity = 10)]
struct Office;

#[supervisor]
impl Office {
    #[child(transient)]
    fn job(&self) -> Child<Job> {
        Job.child()
    }

    #[child]
    fn steady(&self) -> Child<Job> {
        Job.child()
    }
}

/// Three children of this kind: `a` and `b` are significant, `c` is not.
async fn tree(strategy: Strategy, auto_shutdown: AutoShutdown, restart: Restart) -> TreeClient {
    let tree = Tree::new(strategy).intensity(10).auto_shutdown(auto_shutdown);
    let tree = tree.child("a", Worker::child).restart(restart).significant();
    let tree = tree.child("b", Worker::child).restart(restart).significant();
    tree.child("c", Worker::child).restart(restart).start().await.unwrap()
}

fn worker(tree: &TreeClient, id: &str) -> WorkerClient {
    tree.child::<Worker>(id)
}

fn ends() -> [ExitReason; 4] {
    [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("boom"), ExitReason::Killed]
}

/// Ends a child so.
fn end(child: &WorkerClient, reason: &ExitReason) {
    if *reason == ExitReason::Killed { child.kill() } else { child.end(reason.clone()) }
}

/// Whether the tree has ended, and all of it with `Shutdown`.
async fn is_over(tree: &TreeClient, pids: &[Pid]) -> bool {
    settle().await;
    let over = !tree.is_alive();
    assert!(!over || !pids.iter().any(|pid| process::is_alive(*pid)));
    over
}

// SUP-62
#[behaviour::test(start_paused = true)]
async fn any_end_of_a_temporary_significant_child_ends_its_supervisor() {
    for reason in ends() {
        let tree = tree(Strategy::OneForOne, AnySignificant, Temporary).await;
        let pids = ["a", "b", "c"].map(|id| worker(&tree, id).pid());
        let ended = tree.ended();
        tree.terminate_child("a").await.unwrap();
        assert!(!is_over(&tree, &pids).await);
        end(&worker(&tree, "b"), &reason);
        assert!(is_over(&tree, &pids).await, "{reason}");
        assert_eq!(ended.await, ExitReason::Shutdown);
    }
}

// SUP-62
#[behaviour::test(start_paused = true)]
async fn the_last_end_of_temporary_significant_children_ends_their_supervisor() {
    for reason in ends() {
        let tree = tree(Strategy::OneForOne, AllSignificant, Temporary).await;
        let pids = ["a", "b", "c"].map(|id| worker(&tree, id).pid());
        end(&worker(&tree, "b"), &reason);
        assert!(!is_over(&tree, &pids).await);
        end(&worker(&tree, "a"), &reason);
        assert!(is_over(&tree, &pids).await, "{reason}");
    }
}

// SUP-63
#[behaviour::test(start_paused = true)]
async fn a_transient_significant_child_ends_its_supervisor_when_it_has_done_its_work() {
    let tree = tree(Strategy::OneForOne, AnySignificant, Transient).await;
    let a = worker(&tree, "a");
    for reason in &ends()[2..] {
        let before = a.pid();
        end(&a, reason);
        settle().await;
        assert_eq!(a.ping().await, Ok(()));
        assert_ne!(a.pid(), before);
    }
    tree.terminate_child("a").await.unwrap();
    tree.restart_child("a").await.unwrap();
    let pids = ["a", "b", "c"].map(|id| worker(&tree, id).pid());
    a.end(ExitReason::Normal);
    assert!(is_over(&tree, &pids).await);
}

// SUP-63
#[behaviour::test(start_paused = true)]
async fn the_last_of_transient_significant_children_ends_their_supervisor() {
    for (first, last) in [("a", "b"), ("b", "a")] {
        let tree = tree(Strategy::OneForOne, AllSignificant, Transient).await;
        let pids = ["a", "b", "c"].map(|id| worker(&tree, id).pid());
        worker(&tree, first).end(ExitReason::Normal);
        worker(&tree, "c").end(ExitReason::Normal);
        assert!(!is_over(&tree, &pids).await);
        // One that comes back by hand is there again.
        tree.restart_child(first).await.unwrap();
        worker(&tree, last).end(ExitReason::Normal);
        assert!(!is_over(&tree, &pids).await);
        worker(&tree, first).end(ExitReason::Shutdown);
        assert!(is_over(&tree, &pids).await);
    }
}

// SUP-65
#[behaviour::test(start_paused = true)]
async fn what_the_restart_of_a_bystander_does_to_significant_children_ends_nobody() {
    for strategy in STRATEGIES {
        for auto_shutdown in [Never, AnySignificant, AllSignificant] {
            let tree = Tree::new(strategy).auto_shutdown(auto_shutdown).child("bystander", Worker::child);
            let mut tree = tree.restart(Transient);
            for (id, restart) in [("transient", Transient), ("temporary", Temporary)] {
                tree = tree.child(id, Worker::child).restart(restart);
                if auto_shutdown != Never {
                    tree = tree.significant();
                }
            }
            let tree = tree.start().await.unwrap();
            let pids = ["transient", "temporary"].map(|id| worker(&tree, id).pid());
            let bystander = worker(&tree, "bystander");
            bystander.kill();
            assert_eq!(bystander.ping().await, Ok(()));
            assert!(!is_over(&tree, &[]).await, "{strategy:?} {auto_shutdown:?}");
            let alone = strategy == Strategy::OneForOne;
            assert_eq!(pids.map(process::is_alive), [alone; 2]);
            assert_eq!(tree.count_children().await.unwrap().active, if alone { 3 } else { 2 });
            tree.stop().await.unwrap();
        }
    }
}

// SUP-62, SUP-63
#[behaviour::test(start_paused = true)]
async fn a_job_that_is_done_ends_as_a_whole() {
    let office = Office.start().await.unwrap();
    let (job, steady) = (office.job(), office.steady());
    let before = steady.pid();
    for job in [&job, &steady] {
        job.second().end(ExitReason::error("boom"));
        job.first().kill();
        assert_eq!(job.first().ping().await, Ok(()));
        job.onlooker().kill();
        assert_eq!(job.onlooker().ping().await, Ok(()));
        job.first().end(ExitReason::Normal);
    }
    settle().await;
    // To the one above it has ended with `Shutdown`, as it should.
    assert!(!job.is_alive());
    assert_eq!(job.first().ping().await, Err(CallError::NoProcess));
    assert_eq!(steady.second().ping().await, Ok(()));
    assert_ne!(steady.pid(), before);
    assert_eq!(office.restart_child("job").await, Ok(()));
    assert_eq!(job.second().ping().await, Ok(()));
}

// SUP-29, SUP-30, SUP-67
#[behaviour::test(start_paused = true)]
async fn words_that_contradict_each_other_fail_the_start() {
    let started = |tree: Tree| async {
        let error = tree.start().await.unwrap_err();
        let StartError::Child { id, .. } = &error else { panic!("{error}") };
        assert_eq!(&**id, "wrong");
        *error.downcast_ref::<BadCombination>().unwrap()
    };
    for strategy in STRATEGIES {
        let child = || Tree::new(strategy).child("right", Worker::child).child("wrong", Worker::child).significant();
        for auto_shutdown in [Never, AnySignificant, AllSignificant] {
            let tree = child().auto_shutdown(auto_shutdown);
            assert_eq!(started(tree).await, BadCombination::SignificantPermanent);
            let tree = child().auto_shutdown(auto_shutdown).restart(Permanent);
            assert_eq!(started(tree).await, BadCombination::SignificantPermanent);
        }
        for restart in [Transient, Temporary] {
            assert_eq!(started(child().restart(restart)).await, BadCombination::SignificantNever);
        }
    }
    let error = Tree::new(Strategy::OneForOne).child("wrong", Worker::child).significant().start().await.unwrap_err();
    let told = "child `wrong` did not start: the process did not start: a significant child cannot be permanent";
    assert_eq!(error.to_string(), told);
}
