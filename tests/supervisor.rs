//! Supervisors: how they start their children and end them (otp.md 7.3 and 7.4).
//!
//! Children are workers that write down when they start and when they are closed, so that a log tells the order. How
//! they are restarted is in `supervisor_restarts.rs`, what can be asked of a supervisor in `supervisor_children.rs`,
//! what comes in the middle of a start or a stop in `supervisor_interrupted.rs`.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Restart, Shutdown, Strategy, Tree, TreeClient};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    /// What was written since the last time.
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

/// Writes down when it starts and when it is closed, for which it takes its time.
#[gen_server]
struct Worker {
    name: &'static str,
    closing: Duration,
    log: Log,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, name: &'static str, closing: Duration, log: Log) -> Self {
        cx.trap_exit(true);
        log.note(format!("+{name}"));
        Self { name, closing, log }
    }

    /// Ends by itself.
    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    /// Sends an exit signal to somebody else.
    #[cast]
    fn accuse(&mut self, pid: Pid) {
        process::exit(pid, ExitReason::error("not me"));
    }

    /// Forgets what it is linked to.
    #[call]
    fn unlink(&self) -> usize {
        process::links().into_iter().map(process::unlink).count()
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self, reason: ExitReason) {
        if !self.closing.is_zero() {
            tokio::time::sleep(self.closing).await;
        }
        self.log.note(format!("-{}:{reason}", self.name));
    }
}

/// Does not start, in one way or another.
#[gen_server]
struct Broken;

/// What is the matter with it.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Ignores,
    Fails,
    Panics,
}

#[gen_server]
impl Broken {
    #[init]
    fn init(fault: Fault) -> Result<Option<Self>, std::fmt::Error> {
        match fault {
            Fault::Ignores => Ok(None),
            Fault::Fails => Err(std::fmt::Error),
            Fault::Panics => panic!("no way"),
        }
    }
}

/// Two workers, and something broken after them.
#[supervisor(one_for_one)]
struct Trio {
    log: Log,
    fault: Fault,
}

#[supervisor]
impl Trio {
    #[child]
    fn zoe(&self) -> Child<Worker> {
        Worker::child("zoe", Duration::ZERO, self.log.clone())
    }

    #[child]
    fn adam(&self) -> Child<Worker> {
        Worker::child("adam", Duration::ZERO, self.log.clone())
    }

    #[child]
    fn broken(&self) -> Child<Broken> {
        Broken::child(self.fault)
    }
}

/// A worker below, a trio on top.
#[supervisor(one_for_one)]
struct House {
    log: Log,
    fault: Fault,
}

#[supervisor]
impl House {
    #[child]
    fn cellar(&self) -> Child<Worker> {
        Worker::child("cellar", Duration::ZERO, self.log.clone())
    }

    #[child]
    fn trio(&self) -> Child<Trio> {
        Trio { log: self.log.clone(), fault: self.fault }.child()
    }
}

/// A worker that takes this long to close.
fn worker(name: &'static str, closing: Duration, log: &Log) -> impl FnMut() -> Child<Worker> + Send + 'static {
    let log = log.clone();
    move || Worker::child(name, closing, log.clone())
}

fn pid(tree: &TreeClient, id: &str) -> Pid {
    tree.child::<Worker>(id).pid()
}

// SUP-01
#[behaviour::test(start_paused = true)]
async fn an_empty_supervisor_ends_when_its_starter_says_so(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let tree = Tree::new(Strategy::OneForOne).start_link().await.unwrap();
    process::exit(tree.pid(), ExitReason::Shutdown);
    assert_eq!(inbox.exit_of(tree.pid()).await.reason, ExitReason::Shutdown);
    assert!(!tree.is_alive());
}

// SUP-01
#[behaviour::test(start_paused = true)]
async fn exit_signals_of_strangers_mean_nothing_to_a_supervisor() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForAll).child("a", worker("a", Duration::ZERO, &log)).start().await.unwrap();
    let before = pid(&tree, "a");
    tree.exit(ExitReason::Shutdown);
    tree.exit(ExitReason::error("boom"));
    assert_eq!(tree.count_children().await.unwrap().active, 1);
    assert_eq!(pid(&tree, "a"), before);
}

#[behaviour::test(start_paused = true)]
async fn an_exit_signal_from_a_child_that_lives_is_not_its_end() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForAll).child("a", worker("a", Duration::ZERO, &log)).start().await.unwrap();
    let child = tree.child::<Worker>("a");
    let before = child.pid();
    child.accuse(tree.pid());
    assert_eq!(tree.which_children().await.unwrap()[0].pid(), Some(before));
    child.kill();
    tokio::time::sleep(SECOND).await;
    assert_ne!(tree.which_children().await.unwrap()[0].pid(), Some(before));
    assert_eq!(log.take(), "+a +a");
}

// SUP-03, SUP-90
#[behaviour::test(start_paused = true)]
async fn children_start_in_order_and_end_in_reverse_order_whatever_they_are_called() {
    let log = Log::default();
    let trio = Trio { log: log.clone(), fault: Fault::Ignores }.start().await.unwrap();
    assert_eq!(log.take(), "+zoe +adam");
    assert!(trio.zoe().is_alive() && trio.adam().is_alive() && !trio.broken().is_alive());
    trio.stop().await.unwrap();
    assert_eq!(log.take(), "-adam:shutdown -zoe:shutdown");
}

// SUP-09
#[behaviour::test(start_paused = true)]
async fn a_child_that_cannot_even_be_described_fails_the_start(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne).child("a", worker("a", Duration::ZERO, &log));
    let tree = tree.child::<Worker>("roof", || panic!("there is no roof yet"));
    let error = tree.start_link().await.unwrap_err();
    let StartError::Child { id, error } = error else { panic!("{error}") };
    assert_eq!(&*id, "roof");
    let StartError::Failed(ExitReason::Panic(panic)) = &*error else { panic!("{error}") };
    assert_eq!(panic.message(), "there is no roof yet");
    assert_eq!(log.take(), "+a -a:shutdown");
    tokio::time::sleep(SECOND).await;
    assert_eq!(inbox.try_next(), None);
}

// SUP-10, SUP-54
#[behaviour::test(start_paused = true)]
async fn a_child_that_does_not_start_fails_the_start_after_its_siblings_have_ended(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for fault in [Fault::Fails, Fault::Panics] {
        let log = Log::default();
        let error = House { log: log.clone(), fault }.start_link().await.unwrap_err();
        assert_eq!(log.take(), "+cellar +zoe +adam -adam:shutdown -zoe:shutdown -cellar:shutdown");
        assert!(error.to_string().starts_with("child `trio` did not start: child `broken` did not start"), "{error}");
        // The error of the user's own is at the bottom of it.
        assert_eq!(error.downcast_ref::<std::fmt::Error>().is_some(), matches!(fault, Fault::Fails));
        tokio::time::sleep(SECOND).await;
        assert_eq!(inbox.try_next(), None);
    }
}

// SUP-28
#[behaviour::test(start_paused = true)]
async fn two_children_of_one_id_are_refused() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne).child("a", worker("a", Duration::ZERO, &log));
    let tree = tree.child("a", worker("a", Duration::ZERO, &log)).named("twins");
    let error = tree.start().await.unwrap_err();
    assert_eq!(error, StartError::Failed(ExitReason::error("two children are called `a`")));
    assert_eq!((log.take().as_str(), process::whereis("twins")), ("", None));
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_has_its_name_while_it_lives() {
    let tree = Tree::new(Strategy::OneForOne).named("the tree").start().await.unwrap();
    assert_eq!(process::whereis("the tree"), Some(tree.pid()));
    assert_eq!(Tree::find("the tree").unwrap().pid(), tree.pid());
    let error = Tree::new(Strategy::OneForOne).named("the tree").start().await.unwrap_err();
    assert_eq!(error, StartError::AlreadyStarted(tree.pid()));
    tree.stop().await.unwrap();
    assert_eq!(process::whereis("the tree"), None);
}

// SUP-16
#[behaviour::test(start_paused = true)]
async fn infinity_waits_as_long_as_a_child_takes(mut inbox: Inbox<()>) {
    let log = Log::default();
    let inside = log.clone();
    let tree = Tree::new(Strategy::OneForOne)
        .child("worker", worker("worker", HOUR, &log))
        .shutdown(Shutdown::Infinity)
        .child("tree", move || {
            Tree::new(Strategy::OneForOne).child("leaf", worker("leaf", SECOND, &inside)).into_child()
        });
    let tree = tree.start().await.unwrap();
    let monitors = [pid(&tree, "worker"), tree.child::<Tree>("tree").pid()].map(process::monitor);
    let begun = Instant::now();
    tree.stop().await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), HOUR.as_secs() + 1);
    for monitor in monitors {
        assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    }
    assert_eq!(log.take(), "+worker +leaf -leaf:shutdown -worker:shutdown");
}

// SUP-17, SUP-19
#[behaviour::test(start_paused = true)]
async fn a_child_that_is_not_gone_in_its_time_is_killed(mut inbox: Inbox<()>) {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne)
        .child("quick", worker("quick", SECOND / 2, &log))
        .shutdown(Shutdown::Timeout(SECOND))
        .child("slow", worker("slow", HOUR, &log))
        .shutdown(Shutdown::Timeout(SECOND))
        .child("brutal", worker("brutal", Duration::ZERO, &log))
        .shutdown(Shutdown::BrutalKill);
    let tree = tree.start_link().await.unwrap();
    process::trap_exit(true);
    let monitors = ["quick", "slow", "brutal"].map(|id| process::monitor(pid(&tree, id)));
    log.take();
    let begun = Instant::now();
    process::exit(tree.pid(), ExitReason::Shutdown);
    assert_eq!(inbox.exit_of(tree.pid()).await.reason, ExitReason::Shutdown);
    assert_eq!(begun.elapsed().as_millis(), 1_500);
    let expected = [ExitReason::Shutdown, ExitReason::Killed, ExitReason::Killed];
    for (monitor, expected) in monitors.iter().zip(expected) {
        assert_eq!(inbox.down_of(monitor).await.reason, expected);
    }
    // Who is killed does not clean up.
    assert_eq!(log.take(), "-quick:shutdown");
}

// SUP-13
#[behaviour::test(start_paused = true)]
async fn a_worker_of_which_nothing_is_said_has_five_seconds() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne).child("slow", worker("slow", HOUR, &log)).start().await.unwrap();
    let begun = Instant::now();
    tree.stop().await.unwrap();
    assert_eq!((begun.elapsed().as_secs(), log.take().as_str()), (5, "+slow"));
}

// SUP-23
#[behaviour::test(start_paused = true)]
async fn a_stopped_supervisor_ends_with_the_reason_it_was_given(mut inbox: Inbox<()>) {
    for reason in [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("moving")] {
        let log = Log::default();
        let tree = Tree::new(Strategy::OneForOne).child("a", worker("a", SECOND, &log)).start().await.unwrap();
        let monitors = [tree.pid(), pid(&tree, "a")].map(process::monitor);
        tree.stop().reason(reason.clone()).await.unwrap();
        assert_eq!(inbox.down_of(&monitors[0]).await.reason, reason);
        assert_eq!(inbox.down_of(&monitors[1]).await.reason, ExitReason::Shutdown);
        assert_eq!(tree.stop().await, Err(CallError::NoProcess));
    }
}

// SUP-23
#[behaviour::test(start_paused = true)]
async fn a_stop_that_is_not_waited_for_any_longer_goes_on() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne).child("a", worker("a", 2 * SECOND, &log)).start().await.unwrap();
    assert_eq!(tree.stop().within(SECOND).await, Err(CallError::Timeout));
    assert!(tree.is_alive());
    assert_eq!(tree.ended().await, ExitReason::Normal);
    assert_eq!(log.take(), "+a -a:shutdown");
}

// SUP-21
#[behaviour::test(start_paused = true)]
async fn children_that_end_by_themselves_during_a_stop_disturb_nothing(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let log = Log::default();
    let mut tree = Tree::new(Strategy::OneForOne).child("first", worker("first", Duration::ZERO, &log));
    let reasons =
        [ExitReason::Normal, ExitReason::Shutdown, ExitReason::shutdown_with("test"), ExitReason::error("boom")];
    let ids: Vec<String> = (0..12).map(|index| format!("child {index}")).collect();
    for (index, id) in ids.iter().enumerate() {
        let kind = [Restart::Permanent, Restart::Transient, Restart::Temporary][index / 4];
        tree = tree.child(id.as_str(), worker("", Duration::ZERO, &Log::default())).restart(kind);
    }
    let tree = tree.child("last", worker("last", SECOND, &log)).start_link().await.unwrap();
    let first = process::monitor(pid(&tree, "first"));
    let children: Vec<_> = ids.iter().map(|id| tree.child::<Worker>(id)).collect();
    let monitors: Vec<_> = children.iter().map(|child| child.monitor()).collect();
    process::exit(tree.pid(), ExitReason::Shutdown);
    tokio::time::sleep(SECOND / 2).await;
    for (index, child) in children.iter().enumerate() {
        child.end(reasons[index % 4].clone());
    }
    for (index, monitor) in monitors.iter().enumerate() {
        assert_eq!(inbox.down_of(monitor).await.reason, reasons[index % 4]);
    }
    assert!(tree.is_alive());
    assert_eq!(inbox.exit_of(tree.pid()).await.reason, ExitReason::Shutdown);
    assert_eq!(inbox.down_of(&first).await.reason, ExitReason::Shutdown);
    assert_eq!(log.take(), "+first +last -last:shutdown -first:shutdown");
}

// SUP-58
#[behaviour::test(start_paused = true)]
async fn a_child_that_unlinked_itself_is_still_ended() {
    let log = Log::default();
    let tree = Tree::new(Strategy::OneForOne).child("a", worker("a", SECOND, &log)).start().await.unwrap();
    assert_eq!(tree.child::<Worker>("a").unlink().await, Ok(1));
    tree.terminate_child("a").await.unwrap();
    assert_eq!(log.take(), "+a -a:shutdown");
    assert_eq!(tree.count_children().await.unwrap().active, 0);
    tree.restart_child("a").await.unwrap();
    assert_eq!(tree.child::<Worker>("a").unlink().await, Ok(1));
    tree.stop().await.unwrap();
    assert_eq!(log.take(), "+a -a:shutdown");
}

// SUP-91
#[behaviour::test]
async fn start_and_stop_take_time_in_proportion_to_the_number_of_children() {
    let measured = async |count: u32| {
        let tree = (0..count).fold(Tree::new(Strategy::OneForAll), |tree, index| {
            tree.child(index.to_string(), worker("", Duration::ZERO, &Log::default()))
        });
        let begun = std::time::Instant::now();
        let tree = tree.start().await.unwrap();
        assert_eq!(tree.count_children().await.unwrap().active, count as usize);
        tree.stop().await.unwrap();
        begun.elapsed()
    };
    let mut few = Duration::MAX;
    for _ in 0..5 {
        few = few.min(measured(1_000).await);
    }
    // Twenty times as many take about twenty times as long, and four hundred times if each looks at all others. A machine
    // that is busy or stands still disturbs one measurement, but not all.
    let mut many = Vec::new();
    while many.last().is_none_or(|many| *many >= 60 * few) {
        assert!(many.len() < 5, "{many:?} for 20,000 children, {few:?} for 1,000");
        many.push(measured(20_000).await);
    }
}
