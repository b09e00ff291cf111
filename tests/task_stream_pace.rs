//! What a stream has begun, and when: its pace is that of who asks it (otp.md 11.4).

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Shutdown, StartChildError};
use behaviour::task::{self, TaskError};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{Instant, sleep, timeout};

const MS: Duration = Duration::from_millis(1);

/// Gives its number after so many milliseconds.
async fn after(ms: u32) -> u32 {
    sleep(ms * MS).await;
    ms
}

/// Never ends, and shows as long as it runs.
fn endless(held: &Arc<()>) -> impl Future<Output = ()> + Send + use<> {
    let held = held.clone();
    async move {
        pending::<()>().await;
        drop(held);
    }
}

#[behaviour::test(start_paused = true)]
async fn what_is_there_is_told_before_more_is_begun() {
    let tasks = TaskSupervisor::start().await.unwrap();
    for supervised in [false, true] {
        for ordered in [true, false] {
            let begun = AtomicU32::new(0);
            let work = |n| {
                begun.fetch_add(1, Ordering::SeqCst);
                after(n)
            };
            let results = if supervised { tasks.async_stream(1..=9, work) } else { task::async_stream(1..=9, work) };
            let mut results = results.max_concurrency(2).ordered(ordered);
            assert_eq!(begun.load(Ordering::SeqCst), 0);
            for told in 1..=4 {
                assert_eq!(results.next().await, Some(Ok(told)));
                assert_eq!(begun.load(Ordering::SeqCst), told + 1, "as many as were told, and who runs beside them");
            }
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn who_asks_slowly_finds_that_the_time_of_a_task_has_run_from_its_start() {
    let work = |n| async move {
        match n {
            0 | 1 => n,
            2 => after(100).await,
            _ => pending().await,
        }
    };
    let mut results = task::async_stream(0..4, work).max_concurrency(2).timeout(50 * MS).kill_on_timeout();
    assert_eq!(results.next().await, Some(Ok(0)));
    assert_eq!(results.next().await, Some(Ok(1)), "the third has begun");
    sleep(80 * MS).await;
    let begun = Instant::now();
    assert_eq!(results.next().await, Some(Err(TaskError::Timeout)), "it would be done soon, but it is late");
    assert!(begun.elapsed() <= MS);
    assert_eq!(results.next().await, Some(Err(TaskError::Timeout)));
    assert!(begun.elapsed() >= 50 * MS, "the fourth has begun when it was asked for");
    assert_eq!(results.next().await, None);
}

#[behaviour::test(start_paused = true)]
async fn who_gives_up_waiting_for_a_result_gets_it_the_next_time() {
    for ordered in [true, false] {
        let mut results = task::async_stream([30, 10, 20], after).max_concurrency(2).ordered(ordered);
        let mut told = Vec::new();
        loop {
            match timeout(3 * MS, results.next()).await {
                Ok(Some(result)) => told.push(result.unwrap()),
                Ok(None) => break,
                Err(_) => {}
            }
        }
        assert_eq!(told, if ordered { [30, 10, 20] } else { [10, 30, 20] });
        assert_eq!(results.next().await, None);
    }
}

#[behaviour::test(start_paused = true)]
async fn an_item_whose_work_cannot_be_made_is_the_askers_panic_and_the_others_go_on() {
    let work = |n| {
        assert!(n != 1, "no work for this one");
        after(n)
    };
    let mut results = task::async_stream(0..4, work).max_concurrency(1);
    assert_eq!(results.next().await, Some(Ok(0)), "what was there before is told");
    let panicked = std::panic::AssertUnwindSafe(results.next()).catch_unwind().await.unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"no work for this one"));
    assert_eq!(results.collect::<Vec<_>>().await, [Ok(2), Ok(3)]);
}

/// Panics instead of giving an item, or when it is dropped.
struct Bomb {
    items: std::ops::Range<u32>,
    on_drop: bool,
}

impl Iterator for Bomb {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let item = self.items.next();
        assert!(item.is_some() || self.on_drop, "as it was asked");
        item
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.on_drop, "as it was dropped");
    }
}

#[behaviour::test(start_paused = true)]
async fn a_source_that_panics_leaves_no_task_behind() {
    for (on_drop, message) in [(false, "as it was asked"), (true, "as it was dropped")] {
        let running = Arc::new(());
        let held = running.clone();
        let consumer = process::spawn(move |_: Inbox<()>| async move {
            // So its tasks are not linked to it, and do not end for that.
            process::trap_exit(true);
            let items = Bomb { items: 0..3, on_drop };
            let mut results =
                task::async_stream(items, |_| endless(&held)).max_concurrency(if on_drop { 2 } else { 8 });
            let _ = timeout(MS, results.next()).await;
        });
        let ExitReason::Panic(panic) = consumer.ended().await else { panic!("it panicked") };
        assert_eq!(panic.message(), message);
        sleep(MS).await;
        assert_eq!(Arc::strong_count(&running), 1);
    }
}

#[behaviour::test(start_paused = true)]
async fn the_streams_of_tasks_of_a_stream_end_with_it(mut inbox: Inbox<()>) {
    for trap in [false, true] {
        process::trap_exit(trap);
        let running = Arc::new(());
        let held = running.clone();
        let inner = move |_| {
            let held = held.clone();
            async move { task::async_stream(0..2, |_| endless(&held)).max_concurrency(2).collect::<Vec<_>>().await.len() }
        };
        let mut outer = task::async_stream(0..2, inner).max_concurrency(2);
        assert!(timeout(MS, outer.next()).await.is_err());
        assert_eq!(Arc::strong_count(&running), 2 + 2 + 4, "each of the two runs two");
        drop(outer);
        sleep(MS).await;
        assert_eq!(Arc::strong_count(&running), 1);
        assert!(process::links().is_empty());
        assert_eq!(inbox.try_next(), None);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_stream_tells_what_became_of_its_tasks_when_their_supervisor_ends(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    for (kill, reason) in [(false, ExitReason::Shutdown), (true, ExitReason::Killed)] {
        let tasks = TaskSupervisor::start().await.unwrap();
        let mut results = tasks.async_stream(0..4, |_| pending::<()>()).max_concurrency(2);
        assert!(timeout(MS, results.next()).await.is_err());
        if kill {
            tasks.kill();
            tasks.ended().await;
        } else {
            tasks.stop().await.unwrap();
        }
        let ended = || Err(TaskError::Exited(reason.clone()));
        let none = Err(TaskError::NotStarted(StartChildError::Call(CallError::NoProcess)));
        assert_eq!(results.collect::<Vec<_>>().await, [ended(), ended(), none]);
        assert_eq!(inbox.try_next(), None);
    }
}

/// Takes no notice of a shutdown.
async fn stubborn(_: u32) {
    process::trap_exit(true);
    pending::<()>().await;
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_ends_the_tasks_of_a_stream_as_was_said() {
    process::trap_exit(true);
    for (shutdown, takes) in
        [(None, 5_000 * MS), (Some(Shutdown::BrutalKill), Duration::ZERO), (Some(Shutdown::Timeout(7 * MS)), 7 * MS)]
    {
        let tasks = TaskSupervisor::start().await.unwrap();
        let (linked, unlinked) = (tasks.async_stream(0..2, stubborn), tasks.async_stream_nolink(0..2, stubborn));
        let said = |results| {
            let results: task::AsyncStream<_, _> = results;
            let results = results.max_concurrency(2);
            if let Some(shutdown) = shutdown { results.shutdown(shutdown) } else { results }
        };
        let (mut linked, mut unlinked) = (said(linked), said(unlinked));
        assert!(timeout(MS, linked.next()).await.is_err());
        assert!(timeout(MS, unlinked.next()).await.is_err());
        let begun = Instant::now();
        tasks.stop().await.unwrap();
        assert_eq!(begun.elapsed(), takes);
        for results in [linked, unlinked] {
            assert_eq!(
                results.take(2).collect::<Vec<_>>().await,
                [(); 2].map(|()| Err(TaskError::Exited(ExitReason::Killed)))
            );
        }
    }
}

#[behaviour::test]
async fn tasks_without_a_supervisor_are_not_ended_by_one() {
    let asker = process::spawn(|_: Inbox<()>| async {
        drop(task::async_stream([1], after).shutdown(Shutdown::BrutalKill));
    });
    let ExitReason::Panic(refused) = asker.ended().await else { panic!("it is refused") };
    assert!(refused.message().starts_with("`shutdown` is for tasks that have a supervisor"));
    assert!(refused.place().is_some_and(|place| place.contains("task_stream_pace.rs")), "{refused:?}");
}

#[behaviour::test(start_paused = true)]
async fn what_cannot_be_said_of_a_stream_any_more_is_refused_where_it_is_said() {
    for (says, word) in [(0, "zip_input_on_exit"), (1, "ordered")] {
        let asker = process::spawn(move |_: Inbox<()>| async move {
            let mut results = task::async_stream(0..3, after).max_concurrency(2);
            assert_eq!(results.next().await, Some(Ok(0)));
            if says == 0 { drop(results.zip_input_on_exit()) } else { drop(results.ordered(false)) }
        });
        let ExitReason::Panic(refused) = asker.ended().await else { panic!("it is refused") };
        assert_eq!(refused.message(), format!("`{word}` is said before a stream is asked"));
        assert!(refused.place().is_some_and(|place| place.contains("task_stream_pace.rs")), "{refused:?}");
    }
}
