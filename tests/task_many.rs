//! Many tasks at once (otp.md 11.3; rows XTK-029 to XTK-042 and XTK-048 to XTK-058).

use std::future::pending;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::task::TaskError;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

/// A task that gives its number after so many milliseconds.
fn after(ms: u32) -> Task<u32> {
    Task::spawn(async move {
        sleep(ms * MS).await;
        ms
    })
}

fn endless() -> Task<u32> {
    Task::spawn(pending())
}

fn crashing() -> Task<u32> {
    Task::spawn(async { std::panic::panic_any("boom") })
}

fn exited(reason: &ExitReason) -> TaskError {
    TaskError::Exited(reason.clone())
}

// XTK-029
#[behaviour::test(start_paused = true)]
async fn the_values_of_many_tasks_come_in_the_order_of_the_tasks() {
    assert_eq!(Task::await_many([3, 1, 2].map(after)).await, Ok(vec![3, 1, 2]));
}

// XTK-031
#[behaviour::test(start_paused = true)]
async fn the_values_of_no_tasks_are_there_at_once() {
    assert_eq!(Task::<u32>::await_many([]).forever().await, Ok(vec![]));
    assert_eq!(Task::<u32>::yield_many(&mut []).forever().await, []);
}

// XTK-032, XTK-033
#[behaviour::test(start_paused = true)]
async fn messages_of_others_stay_in_the_mailbox(mut inbox: Inbox<u32>) {
    let watched = process::spawn(|_: Inbox<()>| async {});
    process::monitor(watched.pid());
    inbox.process().send(7);
    assert_eq!(Task::await_many([1, 2].map(after)).await, Ok(vec![1, 2]));
    assert_eq!(inbox.recv().await, 7);
    assert_eq!(inbox.down().await.pid, watched.pid());
    assert_eq!(inbox.try_next(), None);
}

// XTK-034
#[behaviour::test(start_paused = true)]
async fn many_tasks_are_awaited_for_five_seconds_or_as_long_as_one_says() {
    let begun = Instant::now();
    assert_eq!(Task::await_many([after(1), endless()]).within(Duration::ZERO).await, Err(TaskError::Timeout));
    assert!(begun.elapsed() <= MS);
    assert_eq!(Task::await_many([after(1), endless()]).within(10 * MS).await, Err(TaskError::Timeout));
    assert!(begun.elapsed() <= 11 * MS);
    let begun = Instant::now();
    assert_eq!(Task::await_many([after(1), endless()]).await, Err(TaskError::Timeout));
    assert_eq!(begun.elapsed(), 5_000 * MS);
    assert_eq!(Task::await_many([after(1), after(6_000)]).forever().await, Ok(vec![1, 6_000]));
}

// XTK-035, XTK-037, XTK-038, XTK-039
#[behaviour::test(start_paused = true)]
async fn the_first_task_that_fails_ends_the_wait_for_all(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let normal = Task::<u32>::spawn(async {
        process::exit(process::current().unwrap(), ExitReason::Normal);
        pending().await
    });
    assert_eq!(Task::await_many([normal]).await, Err(exited(&ExitReason::Normal)));

    let tasks = [endless(), crashing(), endless()];
    let pids = tasks.each_ref().map(|task| task.pid().unwrap());
    let begun = Instant::now();
    let Err(TaskError::Exited(ExitReason::Panic(panic))) = Task::await_many(tasks).await else { panic!("one failed") };
    assert_eq!((panic.message(), begun.elapsed()), ("boom", Duration::ZERO));
    assert!(process::is_alive(pids[0]) && process::is_alive(pids[2]), "the others go on");

    while inbox.try_next().is_some() {}
    for pid in [pids[0], pids[2]] {
        process::unlink(pid);
        process::kill(pid);
    }
    sleep(MS).await;
    assert_eq!(inbox.try_next(), None);
}

// XTK-042, XTK-054: as one task, many are awaited by who has them.
#[behaviour::test(start_paused = true)]
async fn tasks_of_several_processes_are_awaited_together() {
    let (give, given) = tokio::sync::oneshot::channel();
    process::spawn(|mut inbox: Inbox<()>| async move {
        give.send(after(2)).unwrap();
        inbox.recv().await;
    });
    let mut tasks = [after(1), given.await.unwrap()];
    assert_eq!(Task::yield_many(&mut tasks).limit(1).await, [Some(Ok(1)), None]);
    let [_, other] = tasks;
    assert_eq!(Task::await_many([after(3), other]).await, Ok(vec![3, 2]));
}

// XTK-048, XTK-049, XTK-055
#[behaviour::test(start_paused = true)]
async fn of_many_tasks_it_is_told_what_each_gave_until_now(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let reason = ExitReason::error("boom");
    let ends = reason.clone();
    let value_and_reason = Task::spawn(async {
        process::exit(process::current().unwrap(), ends);
        42
    });
    let mut tasks = [value_and_reason, endless(), crashing()];
    sleep(MS).await;
    while inbox.try_next().is_some() {}
    let given = Task::yield_many(&mut tasks).within(Duration::ZERO).await;
    assert_eq!(given[..2], [Some(Ok(42)), None]);
    assert!(matches!(&given[2], Some(Err(TaskError::Exited(ExitReason::Panic(_))))));
    assert_eq!(inbox.try_next(), None);

    let again = Task::yield_many(&mut tasks).within(10 * MS).await;
    assert_eq!(again, [None, None, None], "what was taken is not given again");
    assert_eq!(Task::await_many(tasks).forever().await, Err(exited(&ExitReason::NoProcess)));
}

#[behaviour::test(start_paused = true)]
async fn many_tasks_are_looked_at_for_five_seconds_or_as_long_as_one_says() {
    let begun = Instant::now();
    assert_eq!(Task::yield_many(&mut [after(1), endless()]).await, [Some(Ok(1)), None]);
    assert_eq!(begun.elapsed(), 5_000 * MS);
    assert_eq!(Task::yield_many(&mut [after(6_000)]).forever().await, [Some(Ok(6_000))]);
}

// XTK-050
#[behaviour::test(start_paused = true)]
async fn tasks_that_are_late_may_be_killed() {
    let mut tasks = [after(1), endless()];
    let late = tasks[1].pid().unwrap();
    assert_eq!(Task::yield_many(&mut tasks).within(10 * MS).kill_on_timeout().await, [Some(Ok(1)), None]);
    assert!(!process::is_alive(late));
}

// XTK-051
#[behaviour::test(start_paused = true)]
async fn tasks_that_are_late_may_be_ignored(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let mut tasks = [after(20)];
    let late = tasks[0].pid().unwrap();
    assert_eq!(Task::yield_many(&mut tasks).within(10 * MS).ignore_on_timeout().await, [None]);
    assert!(process::is_alive(late) && process::links().is_empty());
    sleep(20 * MS).await;
    assert!(!process::is_alive(late));
    assert_eq!(tasks[0].yield_for(MS).await, None);
    assert_eq!(inbox.try_next(), None);
}

#[behaviour::test(start_paused = true)]
async fn who_gives_up_looking_at_many_tasks_finds_what_they_gave_the_next_time() {
    process::trap_exit(true);
    let mut tasks = [after(20), after(10), crashing(), endless()];
    tokio::select! {
        given = Task::yield_many(&mut tasks) => panic!("{given:?}"),
        () = sleep(15 * MS) => {}
    }
    let given = Task::yield_many(&mut tasks).limit(3).await;
    assert_eq!(given[..2], [Some(Ok(20)), Some(Ok(10))]);
    assert!(matches!(&given[2], Some(Err(TaskError::Exited(ExitReason::Panic(_))))));
    assert_eq!(given[3], None);
    assert_eq!(Task::yield_many(&mut tasks[..3]).await, [None, None, None], "now it is taken");
}

// XTK-056
#[behaviour::test(start_paused = true)]
async fn one_may_wait_for_some_of_many_tasks() {
    let mut tasks = [20, 10, 30].map(after);
    let begun = Instant::now();
    assert_eq!(Task::yield_many(&mut tasks).limit(1).forever().await, [None, Some(Ok(10)), None]);
    assert_eq!(begun.elapsed(), 10 * MS);
    sleep(100 * MS).await;
    assert_eq!(Task::yield_many(&mut tasks).limit(1).forever().await, [Some(Ok(20)), None, None]);
    assert_eq!(Task::yield_many(&mut tasks).limit(0).forever().await, [None, None, None]);
    assert_eq!(Task::yield_many(&mut tasks).limit(1).forever().await, [None, None, Some(Ok(30))]);
}

// XTK-057
#[behaviour::test(start_paused = true)]
async fn fewer_tasks_than_one_would_wait_for_are_enough() {
    assert_eq!(Task::yield_many(&mut [after(1)]).limit(2).forever().await, [Some(Ok(1))]);
}

// XTK-058
#[behaviour::test(start_paused = true)]
async fn tasks_are_only_killed_when_the_time_is_up() {
    let mut tasks = [after(10), endless()];
    let late = tasks[1].pid().unwrap();
    let given = Task::yield_many(&mut tasks).limit(1).forever().kill_on_timeout().await;
    assert_eq!(given, [Some(Ok(10)), None]);
    assert!(process::is_alive(late));
    let given = Task::yield_many(&mut tasks).limit(1).within(Duration::ZERO).kill_on_timeout().await;
    assert_eq!(given, [None, None]);
    assert!(!process::is_alive(late));
}

// More than the cooperative budget of tokio allows in one go.
#[behaviour::test(start_paused = true)]
async fn values_that_are_there_are_had_in_no_time_however_many() {
    let done = async || {
        let tasks: Vec<_> = (0..500).map(|n| Task::spawn(async move { n })).collect();
        sleep(MS).await;
        tasks
    };
    for (mut task, n) in done().await.into_iter().zip(0..) {
        assert_eq!(task.yield_for(Duration::ZERO).await, Some(Ok(n)));
    }
    for (task, n) in done().await.into_iter().zip(0..) {
        assert_eq!(task.within(Duration::ZERO).await, Ok(n));
    }
    for (task, n) in done().await.into_iter().zip(0..) {
        assert_eq!(task.ignore(), Some(Ok(n)));
    }
    let given = Task::yield_many(&mut done().await).within(Duration::ZERO).await;
    assert!(given.iter().zip(0..).all(|(given, n)| *given == Some(Ok(n))));
    let values = Task::await_many(done().await).within(Duration::ZERO).await;
    assert_eq!(values, Ok((0..500).collect()));
}

#[behaviour::test(start_paused = true)]
async fn ten_thousand_tasks_are_awaited_at_once() {
    let tasks = (0..10_000).map(|n| after(n % 100));
    let values = Task::await_many(tasks).await.unwrap();
    assert!(values.iter().zip(0..).all(|(value, n)| *value == n % 100) && values.len() == 10_000);
}
