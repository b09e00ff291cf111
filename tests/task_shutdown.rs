//! Ending a task that one has (otp.md 11.3; rows XTK-060 to XTK-082).

use std::future::{IntoFuture as _, pending};
use std::sync::mpsc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::task::{ShutdownTask, TaskError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

/// How a task is shut down.
type How = fn(Task<u32>) -> ShutdownTask<u32>;

const GENTLY: How = Task::shutdown;
const BRUTALLY: How = |task| task.shutdown().brutal_kill();

/// A task that has ended with this reason, perhaps after it had its value.
async fn ended(reason: ExitReason, value: Option<u32>) -> Task<u32> {
    let task = Task::spawn(async move {
        process::exit(process::current().unwrap(), reason);
        match value {
            Some(value) => value,
            None => pending().await,
        }
    });
    while process::is_alive(task.pid().unwrap()) {
        tokio::task::yield_now().await;
    }
    task
}

/// A task that does not listen.
fn stubborn() -> Task<u32> {
    Task::spawn(async {
        process::trap_exit(true);
        pending().await
    })
}

fn exited(reason: &ExitReason) -> Result<u32, TaskError> {
    Err(TaskError::Exited(reason.clone()))
}

// XTK-060, XTK-061, XTK-062, XTK-073, XTK-074, XTK-075
#[behaviour::test(start_paused = true)]
async fn a_value_that_is_there_is_given_whatever_the_end_was() {
    process::trap_exit(true);
    for how in [GENTLY, BRUTALLY] {
        for reason in [ExitReason::error("boom"), ExitReason::Normal, ExitReason::Shutdown, ExitReason::Killed] {
            assert_eq!(how(ended(reason, Some(42)).await).await, Some(Ok(42)));
        }
    }
}

// XTK-064, XTK-066, XTK-067, XTK-076, XTK-077, XTK-079
#[behaviour::test(start_paused = true)]
async fn a_task_that_has_ended_as_it_would_be_told_gives_nothing_and_any_other_its_reason() {
    process::trap_exit(true);
    let (boom, shutdown, killed) = (ExitReason::error("boom"), ExitReason::Shutdown, ExitReason::Killed);
    let normal = ExitReason::Normal;
    assert_eq!(ended(normal.clone(), None).await.shutdown().await, Some(exited(&normal)));
    assert_eq!(ended(normal.clone(), None).await.shutdown().brutal_kill().await, Some(exited(&normal)));
    assert_eq!(ended(boom.clone(), None).await.shutdown().await, Some(exited(&boom)));
    assert_eq!(ended(shutdown.clone(), None).await.shutdown().await, None);
    assert_eq!(ended(killed.clone(), None).await.shutdown().await, Some(exited(&killed)));

    assert_eq!(ended(boom.clone(), None).await.shutdown().brutal_kill().await, Some(exited(&boom)));
    assert_eq!(ended(shutdown.clone(), None).await.shutdown().brutal_kill().await, Some(exited(&shutdown)));
    assert_eq!(ended(killed, None).await.shutdown().brutal_kill().await, None);
}

// XTK-063
#[behaviour::test(start_paused = true)]
async fn a_task_that_runs_is_told_to_shut_down_and_is_gone_then(mut inbox: Inbox<()>) {
    let task = Task::<u32>::spawn(pending());
    let monitor = process::monitor(task.pid().unwrap());
    assert_eq!(task.shutdown().await, None);
    assert_eq!(inbox.down_of(&monitor).await.reason, ExitReason::Shutdown);
    assert!(process::links().is_empty(), "this process lives, for it was unlinked before");
}

#[behaviour::test(start_paused = true)]
async fn a_value_that_comes_while_a_task_shuts_down_is_given() {
    let task = Task::spawn(async {
        process::trap_exit(true);
        sleep(10 * MS).await;
        42
    });
    tokio::task::yield_now().await;
    assert_eq!(task.shutdown().await, Some(Ok(42)));
}

// XTK-071
#[behaviour::test(start_paused = true)]
async fn a_task_that_does_not_listen_is_killed(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let task = stubborn();
    tokio::task::yield_now().await;
    let begun = Instant::now();
    assert_eq!(task.shutdown().brutal_kill().await, None);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(inbox.try_next(), None);
}

// XTK-081
#[behaviour::test(start_paused = true)]
async fn a_task_that_does_not_listen_in_time_is_killed_and_that_is_told() {
    for (limit, shutdown) in [(MS, stubborn().shutdown().within(MS)), (5_000 * MS, stubborn().shutdown())] {
        tokio::task::yield_now().await;
        let begun = Instant::now();
        assert_eq!(shutdown.await, Some(exited(&ExitReason::Killed)));
        assert_eq!(begun.elapsed(), limit);
    }
}

/// Is dropped when it is let go, and tells before that it waits for it.
struct Slow(Option<oneshot::Sender<()>>, mpsc::Receiver<()>);

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.take().unwrap().send(()).unwrap();
        self.1.recv().unwrap();
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_killed_as_it_shuts_down_gives_nothing_for_it_ends_as_it_was_told() {
    process::trap_exit(true);
    let ((tell, told), (go, gone)) = (oneshot::channel(), mpsc::channel());
    let slow = Slow(Some(tell), gone);
    let task = Task::<u32>::spawn(async move {
        let _slow = slow;
        pending().await
    });
    process::exit(task.pid().unwrap(), ExitReason::Shutdown);
    told.await.unwrap();
    let let_go = async {
        // Both wait for the time in one task, this one for longer and as the second: it is never before the kill.
        sleep(20 * MS).await;
        go.send(()).unwrap();
    };
    let (ended, ()) = tokio::join!(biased; task.shutdown().within(MS).into_future(), let_go);
    assert_eq!(ended, None);
}

// XTK-082
#[behaviour::test(start_paused = true)]
async fn a_task_whose_value_was_taken_is_not_there_any_more() {
    let mut task = Task::spawn(async { 42 });
    assert_eq!(task.yield_for(MS).await, Some(Ok(42)));
    assert_eq!(task.shutdown().brutal_kill().await, Some(exited(&ExitReason::NoProcess)));
}

#[behaviour::test(start_paused = true)]
async fn a_shutdown_that_is_given_up_kills_the_task() {
    let task = stubborn();
    let pid = task.pid().unwrap();
    tokio::task::yield_now().await;
    assert!(tokio::time::timeout(MS, task.shutdown()).await.is_err());
    sleep(MS).await;
    assert!(!process::is_alive(pid));
}
