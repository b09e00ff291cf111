//! Restarts: which ends are followed by one, who goes along, how many there may be, and what happens when one fails
//! (otp.md 7.5–7.7).
//!
//! Children write down their starts and their ends, so a round of restarts reads as a line: `-c -a +a +b +c`.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]
#![allow(clippy::needless_pass_by_value, reason = "a callback is given its message")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Restart, Strategy, Tree, TreeClient};
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// What happened, and how often the start of each child shall fail from now on.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    faults: Arc<[AtomicU32; 3]>,
}

impl Log {
    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    /// What was written since the last time.
    fn take(&self) -> String {
        std::mem::take(&mut *self.lines.lock().unwrap()).join(" ")
    }

    fn fail(&self, child: &str, times: u32) {
        self.faults[place(child)].store(times, Ordering::Relaxed);
    }

    /// Whether the start of this child fails now.
    fn fails(&self, child: &str) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.faults[place(child)].fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

fn place(child: &str) -> usize {
    child.bytes().next().map_or(0, |letter| usize::from(letter - b'a'))
}

/// Writes down its start and its end, if that is an orderly one.
#[gen_server]
struct Worker {
    name: &'static str,
    log: Log,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, name: &'static str, log: Log) -> Result<Self, &'static str> {
        cx.trap_exit(true);
        if log.fails(name) {
            log.note(format!("!{name}"));
            return Err("not now");
        }
        log.note(format!("+{name}"));
        Ok(Self { name, log })
    }

    #[call]
    fn ping(&self) {}

    /// Ends by itself.
    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[cast]
    fn crash(&mut self) {
        panic!("let it crash");
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    fn close(&mut self, reason: ExitReason) {
        if reason == ExitReason::Shutdown {
            self.log.note(format!("-{}", self.name));
        }
    }
}

/// Children `a`, `b` and `c` under one strategy.
fn abc(strategy: Strategy, log: &Log) -> Tree {
    ["a", "b", "c"].into_iter().fold(Tree::new(strategy), |tree, name| {
        let log = log.clone();
        tree.child(name, move || Worker::child(name, log.clone()))
    })
}

fn workers(tree: &TreeClient) -> [WorkerClient; 3] {
    ["a", "b", "c"].map(|id| tree.child::<Worker>(id))
}

async fn counts(tree: &TreeClient) -> (usize, usize, usize, usize) {
    let counts = tree.count_children().await.unwrap();
    (counts.specs, counts.active, counts.supervisors, counts.workers)
}

// SUP-48, SUP-49, SUP-50, SUP-51, SUP-52, SUP-55, SUP-56, SUP-57
#[behaviour::test(start_paused = true)]
async fn the_kind_of_a_child_and_its_reason_say_whether_it_is_restarted() {
    use Restart::{Permanent, Temporary, Transient};

    let with = ExitReason::shutdown_with("enough");
    let orderly = [ExitReason::Normal, ExitReason::Shutdown, with];
    let failures = [ExitReason::error("boom"), ExitReason::Killed, ExitReason::NoProcess];
    for strategy in [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne] {
        for kind in [Permanent, Transient, Temporary] {
            for reason in orderly.iter().chain(&failures) {
                let log = Log::default();
                let inside = log.clone();
                let tree = Tree::new(strategy).child("a", move || Worker::child("a", inside.clone())).restart(kind);
                let tree = tree.start().await.unwrap();
                let child = tree.child::<Worker>("a");
                let before = child.pid();
                match reason {
                    ExitReason::Killed => child.kill(),
                    reason => child.end(reason.clone()),
                }
                settle().await;
                let expected = match (kind, failures.contains(reason)) {
                    (Permanent, _) | (Transient, true) => (1, 1, 0, 1),
                    (Transient, false) => (1, 0, 0, 1),
                    (Temporary, _) => (0, 0, 0, 0),
                };
                assert_eq!(counts(&tree).await, expected, "{strategy:?} {kind:?} {reason}");
                assert_eq!(child.pid() != before, expected.1 == 1);
                assert_eq!(child.ping().await.is_ok(), expected.1 == 1);
                // What was not restarted can be started by hand, as long as it is known.
                if expected == (1, 0, 0, 1) {
                    tree.restart_child("a").await.unwrap();
                    assert_eq!(child.ping().await, Ok(()));
                }
                tree.stop().await.unwrap();
            }
        }
    }
}

// SUP-33
#[behaviour::test(start_paused = true)]
async fn one_for_one_restarts_only_the_child_that_ended(mut inbox: Inbox<()>) {
    let log = Log::default();
    let tree = abc(Strategy::OneForOne, &log).intensity(2).start().await.unwrap();
    let monitor = tree.monitor();
    let [a, b, c] = workers(&tree);
    let before = [a.pid(), b.pid(), c.pid()];
    log.take();
    b.crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("+b", (3, 3, 0, 3)));
    assert_eq!([a.pid() == before[0], b.pid() == before[1], c.pid() == before[2]], [true, false, true]);
    b.crash();
    settle().await;
    assert_eq!(log.take(), "+b");
    b.crash();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    assert_eq!(log.take(), "-c -a");
    assert!([a, b, c].iter().all(|child| !child.is_alive()));
}

// SUP-35
#[behaviour::test(start_paused = true)]
async fn one_for_all_restarts_all(mut inbox: Inbox<()>) {
    let log = Log::default();
    let tree = abc(Strategy::OneForAll, &log).intensity(2).start().await.unwrap();
    let monitor = tree.monitor();
    let before = workers(&tree).map(|child| child.pid());
    log.take();
    workers(&tree)[1].crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("-c -a +a +b +c", (3, 3, 0, 3)));
    assert!(workers(&tree).iter().zip(before).all(|(child, before)| child.pid() != before));
    workers(&tree)[0].crash();
    settle().await;
    assert_eq!(log.take(), "-c -b +a +b +c");
    workers(&tree)[2].crash();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    assert_eq!(log.take(), "-b -a");
}

// SUP-44, SUP-90
#[behaviour::test(start_paused = true)]
async fn rest_for_one_restarts_those_after(mut inbox: Inbox<()>) {
    let log = Log::default();
    let tree = abc(Strategy::RestForOne, &log).intensity(2).start().await.unwrap();
    let monitor = tree.monitor();
    let [a, b, c] = workers(&tree);
    let before = [a.pid(), b.pid(), c.pid()];
    log.take();
    b.crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("-c +b +c", (3, 3, 0, 3)));
    assert_eq!([a.pid() == before[0], b.pid() == before[1], c.pid() == before[2]], [true, false, false]);
    a.crash();
    settle().await;
    assert_eq!(log.take(), "-c -b +a +b +c");
    c.crash();
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    assert_eq!(log.take(), "-b -a");
}

#[behaviour::test(start_paused = true)]
async fn siblings_that_had_ended_come_back_in_a_round_and_temporary_ones_do_not() {
    let log = Log::default();
    let child = |name| {
        let log = log.clone();
        move || Worker::child(name, log.clone())
    };
    let tree = Tree::new(Strategy::OneForAll)
        .child("a", child("a"))
        .restart(Restart::Transient)
        .child("b", child("b"))
        .child("c", child("c"))
        .restart(Restart::Temporary);
    let tree = tree.start().await.unwrap();
    let [a, b, c] = workers(&tree);
    a.end(ExitReason::Normal);
    settle().await;
    assert_eq!(counts(&tree).await, (3, 2, 0, 3));
    log.take();
    b.crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("-c +a +b", (2, 2, 0, 2)));
    assert_eq!(a.ping().await, Ok(()));
    assert_eq!(c.ping().await, Err(CallError::NoProcess));
}

// SUP-31
#[behaviour::test(start_paused = true)]
async fn restarts_that_are_far_apart_go_on_for_ever(mut inbox: Inbox<()>) {
    let log = Log::default();
    let tree = abc(Strategy::OneForOne, &log).intensity(1).period(SECOND).start().await.unwrap();
    for _ in 0..4 {
        workers(&tree)[0].crash();
        tokio::time::sleep(SECOND * 21 / 10).await;
        assert_eq!(counts(&tree).await, (3, 3, 0, 3));
    }
    let monitor = tree.monitor();
    for _ in 0..2 {
        workers(&tree)[0].crash();
        tokio::time::sleep(SECOND / 2).await;
    }
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
}

// SUP-13, SUP-31
#[behaviour::test(start_paused = true)]
async fn one_restart_in_five_seconds_is_allowed_if_nothing_is_said() {
    for (pause, survives) in [(4, false), (6, true)] {
        let tree = abc(Strategy::OneForOne, &Log::default()).start().await.unwrap();
        workers(&tree)[0].crash();
        tokio::time::sleep(SECOND * pause).await;
        workers(&tree)[1].crash();
        settle().await;
        assert_eq!(tree.is_alive(), survives);
    }
}

#[behaviour::test(start_paused = true)]
async fn without_intensity_nothing_is_restarted() {
    let log = Log::default();
    let tree = abc(Strategy::OneForOne, &log).intensity(0).start().await.unwrap();
    let ended = tree.ended();
    workers(&tree)[1].crash();
    assert_eq!(ended.await, ExitReason::Shutdown);
    assert_eq!(log.take(), "+a +b +c -c -a");
}

// SUP-36, SUP-45
#[behaviour::test(start_paused = true)]
async fn a_child_that_cannot_be_restarted_ends_the_supervisor(mut inbox: Inbox<()>) {
    let cases = [
        (Strategy::OneForOne, "b", "!b !b -c -a"),
        (Strategy::OneForAll, "b", "-c -a +a !b -a +a !b -a"),
        (Strategy::RestForOne, "b", "-c !b !b -a"),
        // It is a sibling that cannot be restarted.
        (Strategy::OneForAll, "c", "-c -a +a +b !c -b -a +a +b !c -b -a"),
        (Strategy::RestForOne, "c", "-c +b !c !c -b -a"),
    ];
    for (strategy, broken, expected) in cases {
        let log = Log::default();
        let tree = abc(strategy, &log).intensity(2).start().await.unwrap();
        let monitor = tree.monitor();
        log.take();
        log.fail(broken, u32::MAX);
        workers(&tree)[1].crash();
        assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
        assert_eq!(log.take(), expected, "{strategy:?} {broken}");
    }
}

// SUP-37
#[behaviour::test(start_paused = true)]
async fn one_for_all_begins_anew_when_a_sibling_fails_to_start() {
    let log = Log::default();
    let tree = abc(Strategy::OneForAll, &log).intensity(2).start().await.unwrap();
    log.take();
    log.fail("b", 1);
    workers(&tree)[0].crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("-c -b +a !b -a +a +b +c", (3, 3, 0, 3)));
}

// SUP-46
#[behaviour::test(start_paused = true)]
async fn rest_for_one_goes_on_at_the_sibling_that_failed_to_start() {
    let log = Log::default();
    let tree = abc(Strategy::RestForOne, &log).intensity(2).start().await.unwrap();
    log.take();
    log.fail("b", 1);
    workers(&tree)[0].crash();
    settle().await;
    assert_eq!((log.take().as_str(), counts(&tree).await), ("-c -b +a !b +b +c", (3, 3, 0, 3)));
}

/// A supervisor whose intensity is quickly exceeded, between two workers.
#[supervisor(one_for_all, intensity = 2)]
struct Top {
    log: Log,
}

#[supervisor]
impl Top {
    #[child]
    fn a(&self) -> Child<Worker> {
        Worker::child("a", self.log.clone())
    }

    #[child]
    fn inner(&self) -> Child<Inner> {
        Inner { log: self.log.clone() }.child()
    }

    #[child(transient)]
    fn annex(&self) -> Child<Inner> {
        Inner { log: Log::default() }.child()
    }
}

/// Allows one restart.
#[supervisor(one_for_one, intensity = 1)]
struct Inner {
    log: Log,
}

#[supervisor]
impl Inner {
    #[child]
    fn b(&self) -> Child<Worker> {
        Worker::child("b", self.log.clone())
    }

    #[child(temporary)]
    fn c(&self) -> Child<Worker> {
        Worker::child("c", self.log.clone())
    }
}

// SUP-59
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_gives_up_is_restarted_by_the_one_above() {
    let log = Log::default();
    let top = Top { log: log.clone() }.start().await.unwrap();
    let told = top.count_children().await.unwrap();
    assert_eq!((told.specs, told.active, told.supervisors, told.workers), (3, 3, 2, 1));
    assert_eq!(log.take(), "+a +b +c");

    // One crash of a worker restarts only that.
    let pids = || (top.a().pid(), top.inner().pid(), top.annex().pid());
    let before = pids();
    top.inner().b().crash();
    settle().await;
    assert_eq!((log.take().as_str(), pids()), ("+b", before));
    top.inner().c().crash();
    settle().await;
    assert_eq!(log.take(), "");

    // A transient supervisor that is ended by hand stays down, until a round starts it again.
    top.terminate_child("annex").await.unwrap();
    assert!(!top.annex().is_alive() && !top.annex().b().is_alive());
    top.inner().b().crash();
    settle().await;
    assert_eq!(log.take(), "-a +a +b +c");
    let after = pids();
    assert!(after.0 != before.0 && after.1 != before.1 && after.2 != before.2);
    assert_eq!(top.annex().b().ping().await, Ok(()));

    // The new incarnation has its own window, and knows its temporary child again.
    assert_eq!(top.inner().c().ping().await, Ok(()));
    top.inner().b().crash();
    settle().await;
    assert_eq!((log.take().as_str(), pids()), ("+b", after));

    // Twice more is too often for the top, too.
    let ended = top.ended();
    for _ in 0..3 {
        top.inner().b().crash();
        settle().await;
    }
    assert_eq!(ended.await, ExitReason::Shutdown);
    assert!(!top.a().is_alive() && !top.inner().b().is_alive() && !top.annex().b().is_alive());
}

// SUP-59
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_was_killed_takes_its_children_along_and_is_restarted() {
    let log = Log::default();
    let top = Top { log: log.clone() }.start().await.unwrap();
    let pids = [top.inner().pid(), top.inner().b().pid(), top.inner().c().pid()];
    top.inner().kill();
    settle().await;
    assert!(!pids.into_iter().any(process::is_alive));
    assert_eq!(top.inner().b().ping().await, Ok(()));
    assert_eq!(top.count_children().await.unwrap().active, 3);
}
