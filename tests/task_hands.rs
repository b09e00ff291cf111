//! In whose hands a task is: those of the server that spawns it, whoever runs that, and of whoever is given it, or what
//! waits for it, half-way.

use std::future::{IntoFuture as _, pending};
use std::time::Duration;

use behaviour::pool::{CheckoutError, Pool};
use behaviour::prelude::*;
use behaviour::process;
use behaviour::task::{self, TaskError};
use behaviour::testing::settle;
use futures_util::FutureExt as _;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

/// Gives its number after so many milliseconds.
async fn after(ms: u32) -> u32 {
    sleep(ms * MS).await;
    ms
}

/// Has others do its work.
#[gen_server]
struct Boss;

#[gen_server]
impl Boss {
    #[init]
    fn init() -> Self {
        Self
    }

    /// The owner of a task, and the task.
    #[call]
    fn engage(&self) -> (Option<Pid>, Option<Pid>) {
        let task = Task::spawn(pending::<()>());
        (task.owner(), task.pid())
    }

    #[call]
    fn engage_who_fails(&self) {
        drop(Task::spawn(async { panic!("it failed") }));
    }

    /// How many of these gave something.
    #[call]
    async fn ask(&self, of: u32, fails: u32) -> usize {
        let work = |n| async move {
            assert_ne!(n, fails, "it failed");
            after(n).await
        };
        task::async_stream(0..of, work).collect::<Vec<_>>().await.len()
    }
}

#[behaviour::test(start_paused = true)]
async fn the_task_of_a_callback_belongs_to_the_server_on_whichever_thread_it_runs() {
    let boss = Boss::start().await.unwrap();
    let (owner, task) = boss.engage().await.unwrap();
    assert_eq!(owner, Some(boss.pid()), "and not to the caller, who ran the callback");
    assert!(process::links().is_empty());
    boss.kill();
    boss.ended().await;
    settle().await;
    assert!(!process::is_alive(task.unwrap()));
}

#[behaviour::test(start_paused = true)]
async fn a_task_that_fails_ends_the_server_that_spawned_it(mut inbox: Inbox<()>) {
    let boss = Boss::start().await.unwrap();
    let monitor = boss.monitor();
    assert_eq!(boss.engage_who_fails().await, Ok(()));
    let ExitReason::Panic(panic) = inbox.down_of(&monitor).await.reason else { panic!("it was linked") };
    assert_eq!(panic.message(), "it failed");

    let boss = Boss::start().await.unwrap();
    assert_eq!(boss.ask(4, 9).await, Ok(4));
    assert!(matches!(boss.ask(4, 2).await, Err(CallError::Exited(ExitReason::Panic(_)))));
}

#[behaviour::test(start_paused = true)]
async fn what_waits_may_go_to_another_task_and_is_woken_there() {
    let mut awaited = Task::spawn(after(20)).into_future();
    assert_eq!((&mut awaited).now_or_never(), None);
    assert_eq!(tokio::spawn(awaited).await.unwrap(), Ok(20));

    let begun = Instant::now();
    let mut late = Task::spawn(pending::<()>()).into_future();
    assert_eq!((&mut late).now_or_never(), None);
    assert_eq!(tokio::spawn(late).await.unwrap(), Err(TaskError::Timeout));
    assert_eq!(begun.elapsed(), 5_000 * MS);

    let mut results = task::async_stream([30, 10], after).max_concurrency(2);
    assert_eq!(results.next().now_or_never(), None);
    assert_eq!(tokio::spawn(results.collect::<Vec<_>>()).await.unwrap(), [Ok(30), Ok(10)]);

    let pool = Pool::start(|| Agent::child(|| 0)).size(1).max_overflow(0).await.unwrap();
    let held = pool.checkout().await.unwrap();
    let mut checkout = pool.checkout();
    assert!((&mut checkout).now_or_never().is_none());
    let served = tokio::spawn(async move { checkout.await.map(drop) });
    settle().await;
    drop(held);
    assert_eq!(served.await.unwrap(), Ok::<_, CheckoutError>(()));
}

#[behaviour::test(start_paused = true)]
async fn a_worker_that_is_the_value_of_a_task_is_with_who_takes_it_and_else_in_the_pool() {
    let pool = Pool::start(|| Agent::child(|| 0)).size(1).max_overflow(0).await.unwrap();
    let lent = async || pool.status().await.unwrap().lent;
    let borrower = || {
        let pool = pool.clone();
        Task::spawn(async move {
            let worker = pool.checkout().await.unwrap();
            worker.update(|n| *n += 1).await.unwrap();
            worker
        })
    };
    let worker = borrower().await.unwrap();
    assert_eq!((worker.get(|n| *n).await, lent().await), (Ok(1), 1));
    drop(worker);

    let task = borrower();
    settle().await;
    assert_eq!(lent().await, 1);
    drop(task);
    assert_eq!(lent().await, 0);
}
