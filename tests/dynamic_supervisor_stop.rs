//! Dynamic supervisors: how children are ended, one by one and all at once (otp.md 7.4 and 11.6).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{
    Any, Counts, DynamicSupervisorClient, OperationError, Restart, Shutdown, StartChildError, Strategy, Tree,
};
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Traps exits and takes its time to close; ends with a reason of its own if it has one.
#[gen_server]
struct Worker {
    closing: Duration,
    own: Option<ExitReason>,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(cx: &mut Context<Self>, traps: bool, closing: Duration, own: Option<ExitReason>) -> Self {
        cx.trap_exit(traps);
        Self { closing, own }
    }

    #[call]
    fn ping(&self) {}

    /// Forgets what it is linked to.
    #[call]
    fn unlink(&self) -> usize {
        process::links().into_iter().map(process::unlink).count()
    }

    #[info]
    fn somebody_ended(&mut self, _: Exit) {}

    #[terminate]
    async fn close(&mut self) -> Result<(), ExitReason> {
        sleep(self.closing).await;
        self.own.take().map_or(Ok(()), Err)
    }
}

type Workers = DynamicSupervisorClient<Worker>;

async fn workers() -> Workers {
    DynamicSupervisor::start().await.unwrap()
}

/// One that ends when it is told to.
fn willing() -> (bool, Duration, Option<ExitReason>) {
    (false, Duration::ZERO, None)
}

/// One that takes this long to.
fn slow(closing: Duration) -> (bool, Duration, Option<ExitReason>) {
    (true, closing, None)
}

// XDS-32, 33; SUP-22
#[behaviour::test(start_paused = true)]
async fn children_keep_the_reasons_that_they_end_with() {
    for shutdown in [Shutdown::Infinity, Shutdown::Timeout(10 * SECOND)] {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let workers = workers().await;
            let reasons = [
                ExitReason::Normal,
                ExitReason::Shutdown,
                ExitReason::shutdown_with("test"),
                ExitReason::error("other"),
            ];
            let mut ends = Vec::new();
            for reason in &reasons {
                let start = workers.start_child((true, SECOND, Some(reason.clone())));
                ends.push(start.restart(restart).shutdown(shutdown).await.unwrap().ended());
            }
            let end = workers.ended();
            workers.stop().reason(ExitReason::Shutdown).await.unwrap();
            assert_eq!(end.await, ExitReason::Shutdown);
            for (end, reason) in ends.into_iter().zip(reasons) {
                assert_eq!(end.await, reason);
            }
        }
    }
}

// XDS-34, 36, 38; SUP-20
#[behaviour::test(start_paused = true)]
async fn each_child_has_its_own_time_and_its_own_way_to_end() {
    let workers = workers().await;
    let ways = [
        (Shutdown::Timeout(MS), slow(SECOND), ExitReason::Killed, MS),
        (Shutdown::Timeout(3 * SECOND), slow(2 * SECOND), ExitReason::Shutdown, 2 * SECOND),
        (Shutdown::Timeout(Duration::ZERO), slow(SECOND), ExitReason::Killed, Duration::ZERO),
        (Shutdown::Infinity, slow(HOUR), ExitReason::Shutdown, HOUR),
        (Shutdown::BrutalKill, slow(SECOND), ExitReason::Killed, Duration::ZERO),
        (Shutdown::Timeout(SECOND), willing(), ExitReason::Shutdown, Duration::ZERO),
        (Shutdown::Timeout(SECOND), slow(HOUR), ExitReason::Killed, SECOND),
    ];
    let begun = Instant::now();
    let mut ends = Vec::new();
    for (shutdown, args, reason, time) in ways {
        let ended = workers.start_child(args).shutdown(shutdown).await.unwrap().ended();
        ends.push(tokio::spawn(async move {
            assert_eq!(ended.await, reason, "{shutdown:?}");
            assert_eq!(begun.elapsed().as_millis(), time.as_millis(), "{shutdown:?}");
        }));
    }
    workers.stop().await.unwrap();
    assert_eq!(begun.elapsed(), HOUR);
    for end in ends {
        end.await.unwrap();
    }
}

// SUP-39
#[behaviour::test(start_paused = true)]
async fn all_children_end_at_the_same_time() {
    let workers = DynamicSupervisor::<Worker>::start().shutdown(Shutdown::Timeout(2 * SECOND)).await.unwrap();
    for closing in [SECOND, SECOND, 5 * SECOND] {
        workers.start_child(slow(closing)).await.unwrap();
    }
    let begun = Instant::now();
    workers.stop().await.unwrap();
    assert_eq!(begun.elapsed(), 2 * SECOND);
}

// SUP-20
#[behaviour::test(start_paused = true)]
async fn ten_children_are_killed_at_once() {
    let workers = DynamicSupervisor::<Worker>::start().shutdown(Shutdown::BrutalKill).await.unwrap();
    let mut ends = Vec::new();
    for _ in 0..10 {
        ends.push(workers.start_child(slow(HOUR)).await.unwrap().ended());
    }
    workers.stop().reason(ExitReason::Shutdown).await.unwrap();
    for end in ends {
        assert_eq!(end.await, ExitReason::Killed);
    }
}

// XDS-39, 40; SUP-26
#[behaviour::test(start_paused = true)]
async fn a_terminated_child_is_gone_and_no_longer_known() {
    for (shutdown, reason) in
        [(Shutdown::BrutalKill, ExitReason::Killed), (Shutdown::Timeout(SECOND), ExitReason::Shutdown)]
    {
        for restart in [Restart::Permanent, Restart::Temporary] {
            let workers = workers().await;
            let first = workers.start_child(willing()).shutdown(shutdown).restart(restart).await.unwrap();
            let second = workers.start_child(willing()).shutdown(shutdown).restart(restart).await.unwrap();
            let (end, pid) = (first.ended(), first.pid());
            workers.terminate_child(&first).await.unwrap();
            assert_eq!(end.await, reason);
            // Erlang's `simple_one_for_one` says `ok` for a dead pid; here, as in Elixir, it is not known any more.
            assert_eq!(workers.terminate_child(pid).await, Err(OperationError::NotFound));
            assert_eq!(workers.terminate_child(&first).await, Err(OperationError::NotFound));
            assert_eq!(workers.count_children().await.unwrap().active, 1);
            workers.terminate_child(second.pid()).await.unwrap();
            assert_eq!(workers.count_children().await.unwrap(), Counts::default());
        }
    }
}

// SUP-26
#[behaviour::test(start_paused = true)]
async fn a_stranger_is_not_terminated() {
    let (workers, others) = (workers().await, self::workers().await);
    let stranger = others.start_child(willing()).await.unwrap();
    let alone = Worker::start(false, Duration::ZERO, None).await.unwrap();
    for pid in [stranger.pid(), alone.pid(), workers.pid(), process::current().unwrap()] {
        assert_eq!(workers.terminate_child(pid).await, Err(OperationError::NotFound));
    }
    assert_eq!(workers.terminate_child(&stranger).await, Err(OperationError::NotFound));
    assert_eq!(workers.terminate_child(&alone).await, Err(OperationError::NotFound));
    assert_eq!((stranger.ping().await, alone.ping().await), (Ok(()), Ok(())));
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_takes_its_time_to_end_keeps_nobody_else_waiting() {
    let workers = DynamicSupervisor::<Worker>::start().max_children(2).await.unwrap();
    let closing = workers.start_child(slow(SECOND)).await.unwrap();
    let pid = closing.pid();
    let begun = Instant::now();
    let [first, second] = [(); 2].map(|()| {
        let (workers, closing) = (workers.clone(), closing.clone());
        tokio::spawn(async move { workers.terminate_child(&closing).await })
    });
    tokio::task::yield_now().await;
    assert_eq!(closing.ping().await, Err(CallError::NoProcess), "it will not come back");
    let other = workers.start_child(willing()).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(workers.start_child(willing()).await.unwrap_err(), StartChildError::MaxChildren, "it is not gone yet");
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(()), Ok(())), "both asked in time");
    assert_eq!(begun.elapsed(), SECOND);
    assert!(!process::is_alive(pid));
    assert_eq!(other.ping().await, Ok(()));
    workers.start_child(willing()).await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_does_not_end_in_time_is_killed() {
    let workers = workers().await;
    let worker = workers.start_child(slow(HOUR)).await.unwrap();
    let (begun, end) = (Instant::now(), worker.ended());
    workers.terminate_child(&worker).await.unwrap();
    assert_eq!(end.await, ExitReason::Killed);
    assert_eq!(begun.elapsed(), 5 * SECOND, "a server has 5 s");
}

// SUP-58
#[behaviour::test(start_paused = true)]
async fn a_child_that_unlinked_itself_is_ended_like_any_other() {
    let workers = workers().await;
    let [alone, together] = [(); 2].map(|()| workers.start_child(slow(SECOND)));
    let (alone, together) = (alone.await.unwrap(), together.await.unwrap());
    assert_eq!((alone.unlink().await, together.unlink().await), (Ok(1), Ok(1)));
    let (of_alone, of_together) = (alone.ended(), together.ended());
    workers.terminate_child(&alone).await.unwrap();
    workers.stop().await.unwrap();
    assert_eq!((of_alone.await, of_together.await), (ExitReason::Shutdown, ExitReason::Shutdown));
}

#[behaviour::test(start_paused = true)]
async fn a_child_that_ends_while_it_is_to_be_terminated_is_gone_all_the_same() {
    let workers = workers().await;
    let worker = workers.start_child(willing()).await.unwrap();
    worker.kill();
    workers.terminate_child(&worker).await.unwrap();
    assert_eq!(workers.count_children().await.unwrap(), Counts::default());
}

#[behaviour::test(start_paused = true)]
async fn children_that_were_told_to_end_are_waited_for_by_the_end_of_all() {
    let workers = workers().await;
    let worker = workers.start_child(slow(2 * SECOND)).await.unwrap();
    let end = worker.ended();
    let terminating = tokio::spawn({
        let workers = workers.clone();
        async move { workers.terminate_child(&worker).await }
    });
    sleep(SECOND).await;
    workers.stop().await.unwrap();
    assert_eq!(end.await, ExitReason::Shutdown);
    assert_eq!(terminating.await.unwrap(), Ok(()));
}

/// Starts after an hour.
#[gen_server]
struct Hourly;

#[gen_server]
impl Hourly {
    #[init]
    async fn init() -> Self {
        sleep(HOUR).await;
        Self
    }
}

#[behaviour::test(start_paused = true)]
async fn starts_under_way_are_given_up_when_the_supervisor_ends() {
    let children = DynamicSupervisor::<Any>::start().await.unwrap();
    let hourly = tokio::spawn(children.start_child(Hourly::child).into_future());
    let tree = || {
        Tree::new(Strategy::OneForOne)
            .child("slow", || Worker::child(true, SECOND, None))
            .child("hourly", Hourly::child)
            .into_child()
    };
    let tree = tokio::spawn(children.start_child(tree).into_future());
    sleep(SECOND).await;
    let begun = Instant::now();
    children.stop().await.unwrap();
    assert_eq!(begun.elapsed(), SECOND, "a tree ends in order what it has started");
    let gone = StartChildError::Call(CallError::Exited(ExitReason::Normal));
    assert_eq!((hourly.await.unwrap().unwrap_err(), tree.await.unwrap().unwrap_err()), (gone.clone(), gone));
}

#[behaviour::test(start_paused = true)]
async fn children_end_with_the_supervisors_parent() {
    let parent = Tree::new(Strategy::OneForOne).child("workers", DynamicSupervisor::<Worker>::child).start();
    let parent = parent.await.unwrap();
    let workers = parent.child::<DynamicSupervisor<Worker>>("workers");
    let worker = workers.start_child(slow(HOUR)).shutdown(Shutdown::Infinity).await.unwrap();
    let end = worker.ended();
    let begun = Instant::now();
    parent.stop().await.unwrap();
    assert_eq!(begun.elapsed(), HOUR, "a supervisor has as long as it takes");
    assert_eq!(end.await, ExitReason::Shutdown);
}

// SUP-74, 75
#[behaviour::test(start_paused = true)]
async fn counts_follow_thousands_of_children_and_nothing_is_left_of_them() {
    let children = DynamicSupervisor::<Any>::start().restart(Restart::Temporary).await.unwrap();
    let mut pids = Vec::new();
    for round in 1..=2 {
        for _ in 0..1_000 {
            let worker = children.start_child(|| Worker::child(false, Duration::ZERO, None)).await.unwrap();
            let tree = children.start_child(|| Tree::new(Strategy::OneForOne).into_child()).await.unwrap();
            pids.extend([worker.pid(), tree.pid()]);
        }
        for _ in 0..2 {
            let counts = children.count_children().await.unwrap();
            assert_eq!((counts.specs, counts.active), (2_000 * round, 2_000 * round));
            assert_eq!((counts.supervisors, counts.workers), (1_000 * round, 1_000 * round));
            assert_eq!(children.which_children().await.unwrap().len(), 2_000 * round);
        }
    }
    for pid in &pids {
        process::kill(*pid);
    }
    while pids.iter().any(|pid| process::is_alive(*pid)) {
        tokio::task::yield_now().await;
    }
    assert_eq!(children.count_children().await.unwrap(), Counts::default());
    assert!(children.which_children().await.unwrap().is_empty());
}
