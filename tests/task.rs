//! `Task`: a process that computes one value, and whoever has the right to it (otp.md 11.3; rows XTK).
//!
//! Elixir's task sends its value and its `DOWN` to its owner's mailbox, where they may lie in any order with others. Here
//! they meet who waits at a place of their own, so that nothing of a task is ever in a mailbox but the exit of a link.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{self, Event};
use behaviour::task::TaskError;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_hours(1);

/// Ends the process that runs here, at its next await, or with its present poll.
fn exit(reason: ExitReason) {
    process::exit(process::current().unwrap(), reason);
}

async fn exits(reason: ExitReason) {
    exit(reason);
    pending::<()>().await;
}

/// A process that spawns this task, tells its pid, and lives for ever.
fn owner_of<F>(work: F) -> (process::Process<()>, oneshot::Receiver<Pid>)
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let owner = process::spawn(|mut inbox: Inbox<()>| async move {
        let task = Task::spawn(work);
        tell.send(task.pid().unwrap()).unwrap();
        inbox.recv().await;
        drop(task);
    });
    (owner, told)
}

// XTK-003, XTK-009, XTK-010: a future is a function with its arguments.
#[behaviour::test(start_paused = true)]
async fn a_task_is_linked_to_its_owner_and_gives_its_value(mut inbox: Inbox<()>) {
    let (go, gone) = oneshot::channel::<u32>();
    let task = Task::spawn(gone);
    assert_eq!(task.owner(), process::current());
    assert_eq!(process::links(), [task.pid().unwrap()]);
    assert_eq!(format!("{task:?}"), format!("Task{}", task.pid().unwrap()));
    go.send(42).unwrap();
    assert_eq!(task.await, Ok(Ok(42)));
    assert!(process::links().is_empty());
    assert_eq!(inbox.try_next(), None);
}

// XTK-003
#[behaviour::test(start_paused = true)]
async fn an_owner_that_traps_exits_hears_of_the_end_of_its_task_by_the_link(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let task = Task::spawn(async { 42 });
    let pid = task.pid().unwrap();
    assert_eq!(task.await, Ok(42));
    assert_eq!(inbox.exit().await.reason, ExitReason::Normal);

    let task = Task::spawn(exits(ExitReason::error("boom")));
    assert_ne!(task.pid(), Some(pid));
    assert_eq!(task.await, Err(TaskError::Exited(ExitReason::error("boom"))));
    assert_eq!(inbox.exit().await.reason, ExitReason::error("boom"));
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_crashes_takes_its_owner_along_and_the_other_way_round(mut inbox: Inbox<()>) {
    let (owner, _told) = owner_of(async { std::panic::panic_any("boom") as () });
    let ExitReason::Panic(panic) = owner.ended().await else { panic!("it had panicked") };
    assert_eq!(panic.message(), "boom");

    let (owner, task) = owner_of(pending::<()>());
    let monitor = process::monitor(task.await.unwrap());
    process::exit(owner.pid(), ExitReason::error("enough"));
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::error("enough"));
}

#[behaviour::test(start_paused = true)]
async fn a_task_goes_on_when_its_owner_ends_normally() {
    let (give, mut given) = oneshot::channel();
    let owner = process::spawn(|_: Inbox<()>| async {
        drop(Task::spawn(async {
            sleep(HOUR).await;
            give.send(42).unwrap();
        }));
    });
    assert_eq!(owner.ended().await, ExitReason::Normal);
    assert!(given.try_recv().is_err(), "it is at work");
    assert_eq!(given.await, Ok(42));
}

#[behaviour::test(start_paused = true)]
async fn a_branch_of_a_select_that_waits_for_a_task_leaves_it_as_it_is() {
    let mut task = Task::spawn(async {
        sleep(HOUR).await;
        42
    });
    let mut others = 0;
    let value = loop {
        tokio::select! {
            value = task.yield_for(Duration::MAX) => break value,
            () = sleep(HOUR * 2 / 5) => others += 1,
        }
    };
    assert_eq!((others, value), (2, Some(Ok(42))));
}

#[behaviour::test(start_paused = true)]
async fn a_borrowed_task_is_awaited_as_long_as_it_takes_and_kept_if_another_branch_is_faster() {
    let mut task = Task::spawn(async {
        sleep(HOUR).await;
        42
    });
    let mut others = 0;
    let value = loop {
        tokio::select! {
            value = &mut task => break value,
            () = sleep(HOUR * 2 / 5) => others += 1,
        }
    };
    assert_eq!((others, value), (2, Ok(42)));
    let taken = Err(TaskError::Exited(ExitReason::NoProcess));
    assert_eq!((&mut task).await, taken);
    assert_eq!(task.await, taken);
}

#[behaviour::test(start_paused = true)]
async fn a_task_outside_of_all_processes_is_linked_to_nobody() {
    let outside = tokio::spawn(async {
        let task = Task::spawn(exits(ExitReason::error("boom")));
        assert_eq!(task.owner(), None);
        task.await
    });
    assert_eq!(outside.await.unwrap(), Err(TaskError::Exited(ExitReason::error("boom"))));
}

// XTK-006, XTK-007
#[behaviour::test(start_paused = true)]
async fn a_task_that_nobody_waits_for_is_linked_to_nobody_and_bears_the_name_of_its_work() {
    async fn deliver(done: Arc<AtomicBool>) {
        done.store(true, Ordering::Relaxed);
    }

    let done = Arc::new(AtomicBool::new(false));
    let task = Task::start(deliver(done.clone())).named("task: delivery").await.unwrap();
    assert!(process::links().is_empty());
    assert_eq!(Task::find("task: delivery"), Some(task.clone()));
    assert_eq!(task.ended().await, ExitReason::Normal);
    assert!(done.load(Ordering::Relaxed));

    let failed = Task::start(async { Err::<(), _>("boom") }).await.unwrap();
    assert_eq!(failed.ended().await, ExitReason::error("boom"));
    let endless = Task::start(pending::<()>()).await.unwrap();
    assert_eq!(endless.stop().await, Ok(()));
}

// XTK-009, XTK-010
#[behaviour::test(start_paused = true)]
async fn a_task_that_nobody_waits_for_may_be_linked() {
    let task = Task::start_link(pending::<()>()).await.unwrap();
    assert_eq!(process::links(), [task.pid()]);
    task.stop().await.unwrap();
}

// XTK-008
#[behaviour::test(start_paused = true)]
async fn a_completed_task_has_a_value_and_no_process() {
    let task = Task::completed(42);
    assert_eq!((task.pid(), task.owner()), (None, None));
    assert_eq!(task.await, Ok(42));
    let mut task = Task::completed(42);
    assert_eq!(task.yield_for(Duration::ZERO).await, Some(Ok(42)));
    assert_eq!(task.yield_for(HOUR).await, None);
    // XTK-017
    assert_eq!(Task::completed(42).ignore(), Some(Ok(42)));
    // XTK-069
    assert_eq!(Task::completed(42).shutdown().await, Some(Ok(42)));
}

// XTK-018
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_late_goes_on_and_its_value_is_dropped(mut inbox: Inbox<()>) {
    let held = Arc::new(());
    let late = held.clone();
    let task = Task::spawn(async {
        sleep(10 * MS).await;
        late
    });
    let pid = task.pid().unwrap();
    assert_eq!(task.within(Duration::ZERO).await, Err(TaskError::Timeout));
    assert!(process::is_alive(pid) && process::links() == [pid]);
    sleep(20 * MS).await;
    assert!(!process::is_alive(pid));
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(inbox.try_next(), None);
    assert_eq!(process::monitors(), (vec![], vec![]));
}

#[behaviour::test(start_paused = true)]
async fn a_task_is_awaited_for_five_seconds_or_as_long_as_one_says() {
    let slow = || Task::spawn(sleep(HOUR));
    let begun = Instant::now();
    assert_eq!(slow().await, Err(TaskError::Timeout));
    assert_eq!(begun.elapsed(), 5_000 * MS);
    assert_eq!(slow().within(7 * MS).await, Err(TaskError::Timeout));
    assert_eq!(begun.elapsed(), 5_007 * MS);
    assert_eq!(slow().forever().await, Ok(()));
    assert_eq!(begun.elapsed(), 5_007 * MS + HOUR);
    assert_eq!(TaskError::Timeout.to_string(), "the task gave no value in time");
}

// XTK-020, XTK-021, XTK-022, XTK-025: here a throw is a panic with a payload of any type.
#[behaviour::test(start_paused = true)]
async fn a_task_that_ends_without_a_value_tells_why() {
    process::trap_exit(true);
    for reason in [ExitReason::Normal, ExitReason::Shutdown, ExitReason::error("boom")] {
        let error = Task::spawn(exits(reason.clone())).await.unwrap_err();
        assert_eq!(error, TaskError::Exited(reason.clone()));
        assert_eq!(error.reason(), Some(&reason));
        assert_eq!(error.to_string(), format!("the task ended without a value: {reason}"));
        assert_eq!(Task::spawn(exits(reason)).yield_for(MS).await, Some(Err(error)));
    }
    let thrown = Task::spawn(async { std::panic::panic_any(7_u8) as () }).await.unwrap_err();
    let Some(ExitReason::Panic(panic)) = thrown.reason() else { panic!("it had panicked") };
    assert_eq!(panic.with_payload(|thrown: &u8| *thrown), Some(7));

    let killed = Task::spawn(pending::<()>());
    process::kill(killed.pid().unwrap());
    assert_eq!(killed.await, Err(TaskError::Exited(ExitReason::Killed)));
}

#[behaviour::test(start_paused = true)]
async fn an_error_that_a_task_returns_is_its_value() {
    let task = Task::spawn(async { "x".parse::<u8>() });
    assert!(task.await.unwrap().is_err());
}

// XTK-028, XTK-047, XTK-070: a value has one taker by its type, for a task is not `Clone` and awaiting it uses it up. So
// there is no wrong process to await it: whoever was given the task is its owner, and the link stays where it was.
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_given_away_is_awaited_by_who_has_it() {
    let mut task = Task::spawn(async {
        sleep(10 * MS).await;
        42
    });
    let (give, given) = oneshot::channel();
    let other = process::spawn(|_: Inbox<()>| async move {
        assert_eq!(task.yield_for(MS).await, None);
        give.send(task.await).unwrap();
    });
    assert_eq!(given.await, Ok(Ok(42)));
    assert_eq!(other.ended().await, ExitReason::Normal);

    let task = Task::spawn(pending::<()>());
    let other = process::spawn(|_: Inbox<()>| async move { assert_eq!(task.shutdown().await, None) });
    assert_eq!(other.ended().await, ExitReason::Normal);
    assert!(process::links().is_empty());
}

// XTK-043
#[behaviour::test(start_paused = true)]
async fn a_value_counts_whatever_the_end_was(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let boom = ExitReason::error("boom");
    let reason = boom.clone();
    let mut task = Task::spawn(async move {
        exit(reason);
        42
    });
    assert_eq!(inbox.exit().await.reason, boom);
    assert_eq!(task.yield_for(Duration::ZERO).await, Some(Ok(42)));
    assert_eq!(inbox.try_next(), None);
}

// XTK-044
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_looked_at_in_vain_stays_as_it_is() {
    let begun = Instant::now();
    let mut task = Task::spawn(async {
        sleep(10_000 * MS).await;
        42
    });
    assert_eq!(task.yield_for(Duration::ZERO).await, None);
    assert_eq!(task.yield_for(6_000 * MS).await, None);
    assert_eq!(begun.elapsed().as_secs(), 6);
    assert_eq!(task.await, Ok(42), "it has five seconds of its own again");

    let mut taken = Task::spawn(async { 42 });
    assert_eq!(taken.yield_for(MS).await, Some(Ok(42)));
    assert_eq!(taken.yield_for(HOUR).await, None);
    assert_eq!(taken.forever().await, Err(TaskError::Exited(ExitReason::NoProcess)));
}

// XTK-013
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_ignored_goes_on_and_nothing_of_it_is_seen(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let (go, gone) = oneshot::channel::<()>();
    let task = Task::spawn(gone);
    let pid = task.pid().unwrap();
    assert_eq!(task.ignore(), None);
    assert!(process::is_alive(pid) && process::links().is_empty());
    go.send(()).unwrap();
    sleep(MS).await;
    assert!(!process::is_alive(pid));
    assert_eq!(inbox.try_next(), None);
}

// XTK-014, XTK-015
#[behaviour::test(start_paused = true)]
async fn what_a_task_gave_counts_before_it_is_ignored_and_not_after_that(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let task = Task::spawn(async { 42 });
    assert!(matches!(inbox.next().await, Event::Exit(_)));
    assert_eq!(task.ignore(), Some(Ok(42)));

    let boom = ExitReason::error("boom");
    let task = Task::spawn(exits(boom.clone()));
    assert!(matches!(inbox.next().await, Event::Exit(_)));
    assert_eq!(task.ignore(), Some(Err(TaskError::Exited(boom.clone()))));

    let task = Task::spawn(async move {
        sleep(MS).await;
        exits(boom).await;
    });
    assert_eq!(task.ignore(), None);
    sleep(2 * MS).await;
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_is_dropped_lives_on_linked() {
    let task = Task::spawn(sleep(10 * MS));
    let pid = task.pid().unwrap();
    drop(task);
    assert_eq!(process::links(), [pid]);
    sleep(20 * MS).await;
    assert!(!process::is_alive(pid));
}

/// Has a task do what needs itself.
#[gen_server]
struct Clerk;

#[gen_server]
impl Clerk {
    #[init]
    fn init() -> Self {
        Self
    }

    #[call]
    fn ping(&self) -> &'static str {
        "pong"
    }

    #[call]
    async fn ask_oneself(&self, cx: &mut Context<Self>, first: Duration) -> Result<bool, TaskError> {
        let clerk = cx.client();
        let task = Task::spawn(async move { matches!(clerk.ping().forever().await, Err(CallError::Deadlock(_))) });
        sleep(first).await;
        task.forever().await
    }
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_waits_for_who_waits_for_it_is_told_at_once() {
    let clerk = Clerk::start().await.unwrap();
    assert_eq!(clerk.ask_oneself(Duration::ZERO).await, Ok(Ok(true)), "the owner waited first");
    let Ok(Err(TaskError::Deadlock(ring))) = clerk.ask_oneself(MS).await else { panic!("the task waited first") };
    assert_eq!(ring.len(), 2);
    assert_eq!(ring[0], clerk.pid());
}
