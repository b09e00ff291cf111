//! `async_stream`, by itself and under a task supervisor (otp.md 11.4; rows XTK-083 to XTK-114 and XTS-24 to XTS-44).
//!
//! Where a row holds for all three kinds of streams, each test does it three times.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::StartChildError;
use behaviour::task::{self, AsyncStream, TaskError, TaskSupervisorClient};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

type Given<T> = Result<T, TaskError>;

/// Which kind of stream.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Alone,
    Linked,
    NoLink,
}

const KINDS: [Kind; 3] = [Kind::Alone, Kind::Linked, Kind::NoLink];

impl Kind {
    /// A stream of this kind.
    fn of<'a, F>(
        self,
        tasks: &TaskSupervisorClient,
        items: impl IntoIterator<Item = u32, IntoIter: Send + 'a>,
        work: impl FnMut(u32) -> F + Send + 'a,
    ) -> AsyncStream<'a, u32, F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        match self {
            Self::Alone => task::async_stream(items, work),
            Self::Linked => tasks.async_stream(items, work),
            Self::NoLink => tasks.async_stream_nolink(items, work),
        }
    }
}

async fn supervisor() -> TaskSupervisorClient {
    TaskSupervisor::start().await.unwrap()
}

/// Gives its number after so many milliseconds.
async fn after(ms: u32) -> u32 {
    sleep(ms * MS).await;
    ms
}

/// Nothing of a stream is left: no task, no link, no message.
async fn nothing_is_left(tasks: &TaskSupervisorClient, inbox: &mut Inbox<()>) {
    tokio::task::yield_now().await;
    sleep(MS).await;
    assert_eq!(tasks.children().await, Ok(vec![]));
    assert!(process::links().is_empty());
    assert_eq!(inbox.try_next(), None);
}

fn error(n: u32) -> ExitReason {
    ExitReason::error(format!("boom {n}"))
}

async fn exits(n: u32) -> u32 {
    process::exit(process::current().unwrap(), error(n));
    pending().await
}

fn exited(n: u32) -> Given<u32> {
    Err(TaskError::Exited(error(n)))
}

// XTK-094, XTK-096, XTK-097, XTS-24, XTS-25, XTS-27, XTS-37, XTS-38, XTS-39
#[behaviour::test(start_paused = true)]
async fn results_come_in_the_order_of_the_items_however_many_run_at_a_time(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let tasks = supervisor().await;
    for kind in KINDS {
        for concurrency in [1, 2, 4, 8] {
            for items in [[1, 2, 3, 4], [4, 3, 2, 1]] {
                let results: Vec<_> = kind.of(&tasks, items, after).max_concurrency(concurrency).collect().await;
                assert_eq!(results, items.map(Ok), "{kind:?}, {concurrency}");
            }
        }
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

#[behaviour::test(start_paused = true)]
async fn no_more_tasks_run_at_a_time_than_may() {
    let tasks = supervisor().await;
    for kind in KINDS {
        for ordered in [true, false] {
            let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let results = kind.of(&tasks, 0..20, |n| {
                let (running, most) = (running.clone(), most.clone());
                async move {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    after(20 - n).await;
                    running.fetch_sub(1, Ordering::SeqCst);
                }
            });
            assert_eq!(results.max_concurrency(3).ordered(ordered).collect::<Vec<_>>().await.len(), 20);
            assert_eq!(most.load(Ordering::SeqCst), 3);
        }
    }
}

// XTK-084
#[behaviour::test(start_paused = true)]
async fn results_may_come_as_tasks_are_done() {
    let one: Vec<_> = task::async_stream([4, 3, 2, 1], after).max_concurrency(1).ordered(false).collect().await;
    assert_eq!(one, [4, 3, 2, 1].map(Ok));
    let four: Vec<_> = task::async_stream([4, 3, 2, 1], after).max_concurrency(4).ordered(false).collect().await;
    assert_eq!(four, [1, 2, 3, 4].map(Ok));
}

// XTK-086
#[behaviour::test(start_paused = true)]
async fn tasks_have_five_seconds_or_as_long_as_one_says() {
    let begun = Instant::now();
    let results = || task::async_stream([10_000, 1], after);
    assert_eq!(results().next().await, Some(Err(TaskError::Timeout)));
    assert_eq!(begun.elapsed(), 5_000 * MS);
    assert_eq!(results().timeout(7 * MS).next().await, Some(Err(TaskError::Timeout)));
    assert_eq!(begun.elapsed(), 5_007 * MS);
    assert_eq!(results().timeout(None).next().await, Some(Ok(10_000)));
}

// XTK-083: here it is the stream that ends with the error, not the consumer.
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_late_ends_the_stream_and_all_its_tasks(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let tasks = supervisor().await;
    for kind in KINDS {
        let results = kind.of(&tasks, [1, 100, 1, 1_000], after).max_concurrency(2).timeout(50 * MS);
        assert_eq!(results.collect::<Vec<_>>().await, [Ok(1), Err(TaskError::Timeout)]);
        let endless = kind.of(&tasks, [0], |_| pending::<()>()).timeout(Duration::ZERO);
        assert_eq!(endless.collect::<Vec<_>>().await, [Err(TaskError::Timeout)]);
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

// XTK-112, XTS-34
#[behaviour::test(start_paused = true)]
async fn a_task_that_is_late_may_be_killed_and_the_others_go_on(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    for kind in KINDS {
        let results = || kind.of(&tasks, [100, 1, 200, 2], after).max_concurrency(4).timeout(50 * MS).kill_on_timeout();
        let late = Err(TaskError::Timeout);
        assert_eq!(results().collect::<Vec<_>>().await, [late.clone(), Ok(1), late, Ok(2)]);
        let zipped: Vec<_> = results().zip_input_on_exit().collect().await;
        assert_eq!(zipped[0], Err((100, TaskError::Timeout)));
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

// XTK-098, XTK-102, XTK-103, XTS-28, XTS-41
#[behaviour::test(start_paused = true)]
async fn a_consumer_that_traps_exits_sees_failures_as_results(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    for kind in KINDS {
        // It need not trap them where it is not linked.
        process::trap_exit(kind != Kind::NoLink);
        let results = || kind.of(&tasks, 1..=4, exits).max_concurrency(2);
        assert_eq!(results().collect::<Vec<_>>().await, [1, 2, 3, 4].map(exited));
        let pairs: Vec<_> = results().zip(results()).collect().await;
        assert_eq!(pairs, [1, 2, 3, 4].map(|n| (exited(n), exited(n))));
        let slow = || kind.of(&tasks, [4, 3, 2, 1], after);
        let pairs: Vec<_> = slow().zip(slow()).collect().await;
        assert_eq!(pairs, [4, 3, 2, 1].map(|n| (Ok(n), Ok(n))));
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

#[behaviour::test(start_paused = true)]
async fn a_consumer_that_traps_no_exits_ends_with_a_task_that_it_is_linked_to() {
    let tasks = supervisor().await;
    for kind in KINDS {
        let tasks = tasks.clone();
        let consumer = process::spawn(move |_: Inbox<()>| async move {
            let mut results = kind.of(&tasks, [1, 2], exits);
            while results.next().await.is_some() {}
        });
        let expected = if kind == Kind::NoLink { ExitReason::Normal } else { error(1) };
        assert_eq!(consumer.ended().await, expected, "{kind:?}");
    }
    sleep(MS).await;
    assert_eq!(tasks.children().await, Ok(vec![]));
}

#[behaviour::test(start_paused = true)]
async fn a_consumer_that_is_killed_leaves_no_task_behind() {
    let tasks = supervisor().await;
    for kind in KINDS {
        let (started, of) = (Arc::new(AtomicUsize::new(0)), tasks.clone());
        let alive = started.clone();
        let consumer = process::spawn(move |_: Inbox<()>| async move {
            let results = kind.of(&of, 0..10, |_| {
                let held = alive.clone();
                async move {
                    pending::<()>().await;
                    drop(held);
                }
            });
            results.max_concurrency(5).collect::<Vec<_>>().await;
        });
        sleep(MS).await;
        assert_eq!(Arc::strong_count(&started), 7);
        process::kill(consumer.pid());
        consumer.ended().await;
        sleep(MS).await;
        assert_eq!(Arc::strong_count(&started), 1);
    }
}

// XTK-099, XTK-100, XTS-29, XTS-30, XTS-42, XTS-43
#[behaviour::test(start_paused = true)]
async fn a_stream_that_is_dropped_leaves_nothing_behind(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    for trap in [false, true] {
        process::trap_exit(trap);
        for kind in KINDS {
            let held = Arc::new(());
            let work = |n| {
                let held = held.clone();
                async move {
                    if n > 0 {
                        pending::<()>().await;
                    }
                    drop(held);
                    n
                }
            };
            let results = kind.of(&tasks, 0..8, work).max_concurrency(4);
            assert_eq!(results.take(1).collect::<Vec<_>>().await, [Ok(0)]);
            nothing_is_left(&tasks, &mut inbox).await;
            assert_eq!(Arc::strong_count(&held), 1, "{kind:?}");
        }
    }
}

#[behaviour::test(start_paused = true)]
async fn a_stream_that_is_dropped_while_its_supervisor_starts_a_task_leaves_nothing_behind(mut inbox: Inbox<()>) {
    let tasks = supervisor().await;
    for kind in [Kind::Linked, Kind::NoLink] {
        let mut results = kind.of(&tasks, 0..8, |_| pending::<()>()).max_concurrency(8);
        assert_eq!(results.next().now_or_never(), None);
        drop(results);
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

// XTK-104, XTK-105, XTK-106
#[behaviour::test(start_paused = true)]
async fn items_that_the_source_does_not_give_are_not_begun() {
    process::trap_exit(true);
    let tasks = supervisor().await;
    for kind in KINDS {
        let begun = AtomicUsize::new(0);
        let count = |n| {
            begun.fetch_add(1, Ordering::SeqCst);
            after(n)
        };
        let results: Vec<_> = kind.of(&tasks, (1..=8).take(4), count).max_concurrency(8).collect().await;
        assert_eq!((results, begun.load(Ordering::SeqCst)), ([1, 2, 3, 4].map(Ok).to_vec(), 4));
        let results: Vec<_> = kind.of(&tasks, (1..=8).take(4), exits).collect().await;
        assert_eq!(results, [1, 2, 3, 4].map(exited));
        let results: Vec<_> = kind.of(&tasks, (1..=8).rev().take(4), after).collect().await;
        assert_eq!(results, [8, 7, 6, 5].map(Ok));
    }
}

// XTK-108, XTK-109, XTK-114, XTS-35
#[behaviour::test(start_paused = true)]
async fn a_consumer_may_take_a_part(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let tasks = supervisor().await;
    for kind in KINDS {
        let results: Vec<_> = kind.of(&tasks, 1..=8, exits).take(4).collect().await;
        assert_eq!(results, [1, 2, 3, 4].map(exited));
        let results: Vec<_> = kind.of(&tasks, (1..=8).rev(), after).take(4).collect().await;
        assert_eq!(results, [8, 7, 6, 5].map(Ok));
        let results: Vec<_> = kind.of(&tasks, 1..=8, exits).zip_input_on_exit().take(4).collect().await;
        assert_eq!(results, [1, 2, 3, 4].map(|n| Err((n, TaskError::Exited(error(n))))));
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

// XTK-110, XTK-111
#[behaviour::test(start_paused = true)]
async fn what_source_and_consumer_hold_on_to_is_dropped_when_the_stream_ends_early() {
    let tasks = supervisor().await;
    for kind in KINDS {
        let (inner, outer) = (Arc::new(()), Arc::new(()));
        let held = inner.clone();
        let items = (0..).inspect(move |_| assert!(Arc::strong_count(&held) > 1));
        let held = outer.clone();
        let results = kind.of(&tasks, items, after).inspect(move |_| assert!(Arc::strong_count(&held) > 1));
        assert_eq!(results.take(2).collect::<Vec<_>>().await, [Ok(0), Ok(1)]);
        assert_eq!((Arc::strong_count(&inner), Arc::strong_count(&outer)), (1, 1));
    }
}

// XTK-090
#[behaviour::test(start_paused = true)]
async fn exits_and_downs_of_others_stay_in_the_mailbox(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let stranger = process::spawn_link(|_: Inbox<()>| async {});
    process::monitor(stranger.pid());
    let results: Vec<_> = task::async_stream([1, 2], after).collect().await;
    assert_eq!(results, [Ok(1), Ok(2)]);
    assert_eq!(inbox.exit().await.pid, stranger.pid());
    assert_eq!(inbox.down().await.pid, stranger.pid());
    assert_eq!(inbox.try_next(), None);
}

// XTK-092
#[behaviour::test(start_paused = true)]
async fn the_tasks_of_a_stream_belong_to_who_asks_it() {
    let mut results = task::async_stream([1, 2], exits);
    let consumer = process::spawn(|_: Inbox<()>| async move {
        process::trap_exit(true);
        assert_eq!(results.next().await, Some(exited(1)));
        process::trap_exit(false);
        results.next().await;
    });
    assert!(process::links().is_empty());
    consumer.ended().await;
}

// XTK-093
#[behaviour::test(start_paused = true)]
async fn items_may_come_as_a_stream_of_streams() {
    let items = stream::iter([10, 11]).take(1).chain(stream::iter([1, 2]).then(after));
    let results: Vec<_> = task::async_stream_of(items, after).max_concurrency(2).collect().await;
    assert_eq!(results, [Ok(10), Ok(1), Ok(2)]);
}

// XTS-31, XTS-44
#[behaviour::test(start_paused = true)]
async fn a_supervisor_that_is_full_ends_the_stream(mut inbox: Inbox<()>) {
    process::trap_exit(true);
    let tasks = TaskSupervisor::start().max_children(2).await.unwrap();
    for kind in [Kind::Linked, Kind::NoLink] {
        let results: Vec<_> = kind.of(&tasks, 1..=4, |_| pending::<u32>()).max_concurrency(4).collect().await;
        assert_eq!(results, [Err(TaskError::NotStarted(StartChildError::MaxChildren))]);
        nothing_is_left(&tasks, &mut inbox).await;
    }
}

#[behaviour::test]
async fn a_stream_of_no_task_at_a_time_is_refused_where_it_is_described() {
    let asker = process::spawn(|_: Inbox<()>| async { drop(task::async_stream([1], after).max_concurrency(0)) });
    let ExitReason::Panic(refused) = asker.ended().await else { panic!("it is refused") };
    assert!(refused.place().is_some_and(|place| place.contains("task_stream.rs")), "{refused:?}");
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_items_go_through_on_several_threads() {
    fn sums(results: impl Stream<Item = Given<u32>>) -> impl Future<Output = u32> {
        results.fold(0, async |sum, n| sum + n.unwrap())
    }

    let tasks = supervisor().await;
    for kind in KINDS {
        for ordered in [true, false] {
            let results = kind.of(&tasks, 0..5_000, async |n| n).max_concurrency(64).ordered(ordered);
            assert_eq!(sums(results).await, 4_999 * 2_500);
        }
    }
}
