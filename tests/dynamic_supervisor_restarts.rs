//! Dynamic supervisors: which children are started again, what their clients see of it, and when the supervisor gives
//! up (otp.md 11.6, 7.5 and 7.6).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{
    ChildState, Counts, DynamicSupervisorClient, OperationError, Restart, Shutdown, StartChildError,
};
use tokio::time::{Instant, sleep, timeout};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// What the next starts of a worker come to.
#[derive(Clone, Default)]
struct Starts(Arc<Mutex<Vec<Outcome>>>);

#[derive(Clone, Copy)]
enum Outcome {
    Fails,
    Ignores,
    /// It runs, this much later.
    Takes(Duration),
}

impl Starts {
    /// The next starts come to this, and those after them succeed at once.
    fn next(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        *self.0.lock().unwrap() = outcomes.into_iter().collect();
    }

    fn take(&self) -> Outcome {
        let mut next = self.0.lock().unwrap();
        if next.is_empty() { Outcome::Takes(Duration::ZERO) } else { next.remove(0) }
    }
}

/// Counts, and ends as it is told.
#[gen_server]
struct Worker {
    count: u32,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(starts: Starts) -> Result<Option<Self>, std::fmt::Error> {
        match starts.take() {
            Outcome::Fails => Err(std::fmt::Error),
            Outcome::Ignores => Ok(None),
            Outcome::Takes(_) => Ok(Some(Self { count: 0 })),
        }
    }

    #[call]
    fn count(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    #[call]
    async fn sleep(&mut self, time: Duration) {
        sleep(time).await;
    }

    #[cast]
    fn end(&mut self, reason: ExitReason) -> Result<(), ExitReason> {
        Err(reason)
    }

    #[cast]
    fn accuse(&mut self, pid: Pid) {
        process::exit(pid, ExitReason::error("I am gone"));
    }
}

/// A worker whose `#[init]` waits.
#[gen_server]
struct Slow;

#[gen_server]
impl Slow {
    #[init]
    async fn init(starts: Starts) -> Result<Option<Self>, std::fmt::Error> {
        match starts.take() {
            Outcome::Fails => Err(std::fmt::Error),
            Outcome::Ignores => Ok(None),
            Outcome::Takes(time) => {
                sleep(time).await;
                Ok(Some(Self))
            }
        }
    }

    #[call]
    fn ping(&self) {}

    #[cast]
    fn crash(&mut self) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }
}

type Workers = DynamicSupervisorClient<Worker>;

async fn workers(intensity: u32) -> Workers {
    DynamicSupervisor::start().intensity(intensity).await.unwrap()
}

fn boom() -> ExitReason {
    ExitReason::error("boom")
}

/// Specs, active, workers.
async fn counts(workers: &Workers) -> (usize, usize, usize) {
    let Counts { specs, active, workers, .. } = workers.count_children().await.unwrap();
    (specs, active, workers)
}

/// Ends a worker, and waits until its supervisor has dealt with that.
async fn end(workers: &Workers, worker: &WorkerClient, reason: ExitReason) {
    let ended = worker.ended();
    worker.end(reason);
    ended.await;
    workers.count_children().await.unwrap();
}

// XDS-19, 20, 21; SUP-38
#[behaviour::test(start_paused = true)]
async fn the_kind_of_child_and_the_reason_say_whether_it_is_restarted() {
    let reasons = || [ExitReason::Normal, ExitReason::Shutdown, ExitReason::shutdown_with("enough"), boom()];
    for (restart, restarted) in [
        (Restart::Permanent, [true; 4]),
        (Restart::Transient, [false, false, false, true]),
        (Restart::Temporary, [false; 4]),
    ] {
        for (reason, restarted) in reasons().into_iter().zip(restarted) {
            let workers = workers(1).await;
            let sibling = workers.start_child(Starts::default()).await.unwrap();
            let sibling_pid = sibling.pid();
            let worker = workers.start_child(Starts::default()).restart(restart).await.unwrap();
            let pid = worker.pid();
            end(&workers, &worker, reason.clone()).await;
            let left = 1 + usize::from(restarted);
            assert_eq!(counts(&workers).await, (left, left, left), "{restart:?} {reason}");
            assert_eq!(sibling.pid(), sibling_pid);
            if restarted {
                assert_ne!(worker.pid(), pid);
                assert_eq!(worker.count().await, Ok(1));
            } else {
                assert_eq!(worker.count().await, Err(CallError::NoProcess));
                assert_eq!(workers.terminate_child(&worker).await, Err(OperationError::NotFound));
            }
        }
    }
}

// SUP-38
#[behaviour::test(start_paused = true)]
async fn one_restart_too_many_ends_the_supervisor_and_all_its_children() {
    let workers = workers(2).await;
    let [crashing, sibling] = [(); 2].map(|()| workers.start_child(Starts::default()));
    let (crashing, sibling) = (crashing.await.unwrap(), sibling.await.unwrap());
    end(&workers, &crashing, boom()).await;
    end(&workers, &crashing, boom()).await;
    let (ended, of_sibling) = (workers.ended(), sibling.ended());
    crashing.end(boom());
    assert_eq!(ended.await, ExitReason::Shutdown);
    assert_eq!(of_sibling.await, ExitReason::Shutdown);
    assert_eq!(crashing.count().await, Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn three_restarts_in_five_seconds_are_allowed_if_nothing_else_is_said() {
    let workers: Workers = DynamicSupervisor::start().await.unwrap();
    let worker = workers.start_child(Starts::default()).await.unwrap();
    for _ in 0..4 {
        for _ in 0..3 {
            end(&workers, &worker, boom()).await;
        }
        sleep(5 * SECOND + MS).await;
    }
    let ended = workers.ended();
    for _ in 0..4 {
        worker.end(boom());
        sleep(MS).await;
    }
    assert_eq!(ended.await, ExitReason::Shutdown);
}

// XDS-22; SUP-43
#[behaviour::test(start_paused = true)]
async fn a_child_that_ignores_its_restart_is_gone() {
    for restart in [Restart::Permanent, Restart::Transient] {
        let workers = workers(3).await;
        let starts = Starts::default();
        let worker = workers.start_child(starts.clone()).restart(restart).await.unwrap();
        end(&workers, &worker, boom()).await;
        assert_eq!(counts(&workers).await, (1, 1, 1));
        starts.next([Outcome::Ignores]);
        end(&workers, &worker, boom()).await;
        assert_eq!(counts(&workers).await, (0, 0, 0));
        assert_eq!(worker.count().await, Err(CallError::NoProcess));
        workers.stop().reason(ExitReason::Shutdown).await.unwrap();
    }
}

/// A supervisor that is slow to try again, for its children take their time to fail.
async fn restarting(starts: &Starts) -> (DynamicSupervisorClient<Slow>, SlowClient, Pid) {
    let supervisor = DynamicSupervisor::<Slow>::start().intensity(9).max_children(1).await.unwrap();
    let child = supervisor.start_child(starts.clone()).await.unwrap();
    starts.next([Outcome::Fails, Outcome::Takes(SECOND)]);
    let pid = child.pid();
    let ended = child.ended();
    child.crash();
    ended.await;
    sleep(MS).await;
    (supervisor, child, pid)
}

// XDS-22, 23, 26; SUP-76
#[behaviour::test(start_paused = true)]
async fn a_child_whose_restart_fails_is_tried_again_and_keeps_its_place() {
    let starts = Starts::default();
    let (supervisor, child, pid) = restarting(&starts).await;
    let which = supervisor.which_children().await.unwrap();
    assert_eq!((which.len(), which[0].state, &*which[0].id), (1, ChildState::Restarting, "undefined"));
    let counts = supervisor.count_children().await.unwrap();
    assert_eq!((counts.specs, counts.active, counts.workers), (1, 0, 1));
    assert_eq!(supervisor.start_child(starts.clone()).await.unwrap_err(), StartChildError::MaxChildren);
    assert_eq!(supervisor.children().await.unwrap(), std::slice::from_ref(&child));

    // A call that meets the restart waits for the new one.
    assert_eq!(child.pid(), pid);
    assert_eq!(child.ping().await, Ok(()));
    assert_ne!(child.pid(), pid);
    assert_eq!(supervisor.count_children().await.unwrap().active, 1);
}

// XDS-41; SUP-85
#[behaviour::test(start_paused = true)]
async fn a_restarting_child_is_terminated_by_its_old_pid() {
    let starts = Starts::default();
    let (supervisor, child, pid) = restarting(&starts).await;
    let waiting = tokio::spawn(child.ping());
    tokio::task::yield_now().await;
    supervisor.terminate_child(pid).await.unwrap();
    assert_eq!(supervisor.terminate_child(pid).await, Err(OperationError::NotFound));
    assert_eq!(supervisor.count_children().await.unwrap(), Counts::default());
    assert_eq!(waiting.await.unwrap(), Err(CallError::NoProcess));
    let begun = Instant::now();
    supervisor.start_child(Starts::default()).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[behaviour::test(start_paused = true)]
async fn a_restarting_child_is_terminated_by_its_client() {
    let starts = Starts::default();
    let (supervisor, child, _) = restarting(&starts).await;
    supervisor.terminate_child(&child).await.unwrap();
    assert_eq!(supervisor.terminate_child(&child).await, Err(OperationError::NotFound));
    sleep(5 * SECOND).await;
    assert_eq!(supervisor.count_children().await.unwrap(), Counts::default());
}

// XDS-27, 28; SUP-41
#[behaviour::test(start_paused = true)]
async fn restarts_that_fail_count_until_the_supervisor_gives_up() {
    for intensity in [1, 10] {
        let workers = workers(intensity).await;
        let starts = Starts::default();
        let sibling = workers.start_child(Starts::default()).await.unwrap();
        let worker = workers.start_child(starts.clone()).await.unwrap();
        starts.next([Outcome::Fails; 100]);
        let (ended, of_sibling) = (workers.ended(), sibling.ended());
        worker.end(boom());
        assert_eq!(ended.await, ExitReason::Shutdown);
        assert_eq!(of_sibling.await, ExitReason::Shutdown);
        assert_eq!(starts.0.lock().unwrap().len(), 100 - intensity as usize);
    }
}

// XDS-25
#[behaviour::test(start_paused = true)]
async fn a_child_is_described_anew_for_each_restart() {
    static DESCRIBED: AtomicU32 = AtomicU32::new(0);
    let workers = workers(3).await;
    let starts = Starts::default();
    let make = move || {
        DESCRIBED.fetch_add(1, Ordering::Relaxed);
        Worker::child(starts.clone())
    };
    let worker = workers.start_child_with(make).await.unwrap();
    end(&workers, &worker, boom()).await;
    assert_eq!(worker.count().await, Ok(1));
    assert_eq!(DESCRIBED.load(Ordering::Relaxed), 2);
}

#[behaviour::test(start_paused = true)]
async fn a_description_that_panics_is_a_restart_that_failed() {
    let workers = workers(3).await;
    let mut calls = 0;
    let make = move || {
        calls += 1;
        assert_ne!(calls, 2, "not now");
        Worker::child(Starts::default())
    };
    let worker = workers.start_child_with(make).await.unwrap();
    end(&workers, &worker, boom()).await;
    assert_eq!(worker.count().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn what_was_queued_dies_with_the_old_one_and_its_callers_are_told() {
    let workers = workers(3).await;
    let worker = workers.start_child(Starts::default()).await.unwrap();
    assert_eq!(worker.count().await, Ok(1));
    let sleeping = tokio::spawn(worker.sleep(SECOND));
    tokio::task::yield_now().await;
    let queued = tokio::spawn(worker.count());
    tokio::task::yield_now().await;
    assert_eq!(worker.mailbox_len(), 1);
    worker.kill();
    assert_eq!(sleeping.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(queued.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(worker.count().await, Ok(1));
}

#[behaviour::test(start_paused = true)]
async fn a_client_of_a_temporary_child_names_its_one_process(mut inbox: Inbox<()>) {
    let workers = workers(3).await;
    let worker = workers.start_child(Starts::default()).temporary().await.unwrap();
    let monitor = worker.monitor();
    worker.end(boom());
    let down = inbox.down_of(&monitor).await;
    assert_eq!((down.pid, down.reason), (worker.pid(), boom()));
    assert_eq!(worker.count().await, Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn an_exit_signal_of_a_living_child_means_nothing() {
    let workers = workers(0).await;
    let worker = workers.start_child(Starts::default()).await.unwrap();
    worker.accuse(workers.pid());
    process::exit(workers.pid(), boom());
    assert_eq!(worker.count().await, Ok(1));
    assert_eq!(counts(&workers).await, (1, 1, 1));
    assert!(workers.is_alive());
}

/// A dynamic supervisor that gives up easily, and a neighbour.
#[supervisor(one_for_one, intensity = 5)]
struct House;

#[supervisor]
impl House {
    #[child]
    fn workers(&self) -> Child<DynamicSupervisor<Worker>> {
        DynamicSupervisor::child().intensity(0)
    }
}

// SUP-59
#[behaviour::test(start_paused = true)]
async fn a_restarted_dynamic_supervisor_has_no_children() {
    let house = House.start().await.unwrap();
    let workers = house.workers();
    let pid = workers.pid();
    let [crashing, sibling] = [(); 2].map(|()| workers.start_child(Starts::default()));
    let (crashing, sibling) = (crashing.await.unwrap(), sibling.await.unwrap());
    crashing.end(boom());
    // The start meets the restart of the supervisor, and waits for it.
    assert_eq!(sibling.count().await, Ok(1));
    assert!(crashing.count().await.is_err());
    let newcomer = workers.start_child(Starts::default()).await.unwrap();
    assert_ne!(workers.pid(), pid);
    assert_eq!(newcomer.count().await, Ok(1));
    assert_eq!(counts(&workers).await, (1, 1, 1));
    assert_eq!(crashing.count().await, Err(CallError::NoProcess));
    assert_eq!(sibling.count().await, Err(CallError::NoProcess));
    house.stop().await.unwrap();
}

#[behaviour::test(start_paused = true)]
async fn a_killed_supervisor_takes_its_children_along_and_leaves_nobody_waiting() {
    let house = House.start().await.unwrap();
    let workers = house.workers();
    let worker = workers.start_child(Starts::default()).await.unwrap();
    let ended = worker.ended();
    let slow = workers.start_child_with(|| Worker::child(Starts::default())).await.unwrap();
    let sleeping = tokio::spawn(slow.sleep(SECOND));
    tokio::task::yield_now().await;
    workers.kill();
    assert_eq!(ended.await, ExitReason::Killed);
    assert_eq!(sleeping.await.unwrap(), Err(CallError::Exited(ExitReason::Killed)));
    assert_eq!(timeout(SECOND, worker.count()).await, Ok(Err(CallError::NoProcess)));
    assert_eq!(counts(&workers).await, (0, 0, 0));
}

#[behaviour::test(start_paused = true)]
async fn who_asks_a_supervisor_that_ends_meanwhile_hears_why() {
    let supervisor: DynamicSupervisorClient<Slow> = DynamicSupervisor::start().await.unwrap();
    let starts = Starts::default();
    starts.next([Outcome::Takes(SECOND)]);
    let starting = tokio::spawn(supervisor.start_child(starts).shutdown(Shutdown::Infinity).into_future());
    sleep(MS).await;
    supervisor.stop().reason(boom()).await.unwrap();
    assert_eq!(starting.await.unwrap().unwrap_err(), StartChildError::Call(CallError::Exited(boom())));
}
