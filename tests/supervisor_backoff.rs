//! Restarts that wait: a child with a backoff comes back later and later, and its supervisor has time for others.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::{Backoff, BadCombination, ChildState, OperationError, Restart, Strategy, Tree, TreeClient};
use behaviour::testing::settle;
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Is connected to something that may be away.
#[gen_server]
struct Feed;

#[gen_server]
impl Feed {
    #[init]
    fn init(away: Option<Arc<AtomicBool>>) -> Result<Self, String> {
        match away {
            Some(away) if away.load(Ordering::Relaxed) => Err("nobody there".into()),
            _ => Ok(Self),
        }
    }

    #[call]
    fn ping(&self) {}
}

/// A feed that waits, and one that does not.
#[supervisor(one_for_one, intensity = 100)]
struct Feeds;

#[supervisor]
impl Feeds {
    #[child(backoff(initial = 1s, max = 4s, factor = 2, jitter = 0))]
    fn patient(&self) -> Child<Feed> {
        Feed::child(None)
    }

    #[child]
    fn hasty(&self) -> Child<Feed> {
        Feed::child(None)
    }
}

/// 100 ms, 200 ms, 400 ms, 800 ms, 1 s.
fn backoff() -> Backoff {
    Backoff::new(100 * MS).max(SECOND).jitter(0.0)
}

/// A tree of `a`, `b` that waits, `c`.
fn tree(strategy: Strategy) -> Tree {
    let feed = || Feed::child(None);
    Tree::new(strategy).intensity(100).child("a", feed).child("b", feed).backoff(backoff()).child("c", feed)
}

fn feed(tree: &TreeClient, id: &str) -> FeedClient {
    tree.child::<Feed>(id)
}

/// How long a call takes until it is answered.
async fn waited(feed: &FeedClient) -> Duration {
    let begun = Instant::now();
    assert_eq!(feed.ping().forever().await, Ok(()));
    begun.elapsed()
}

/// The children in order: `=` runs, `?` restarts, `-` does not run.
async fn which(tree: &TreeClient) -> String {
    let children = tree.which_children().await.unwrap();
    let told = children.iter().rev().map(|child| match child.state {
        ChildState::Running(_) => '=',
        ChildState::Restarting => '?',
        ChildState::Undefined => '-',
    });
    told.collect()
}

#[behaviour::test(start_paused = true)]
async fn restarts_in_a_row_wait_longer_and_longer() {
    let feeds = Feeds.start().await.unwrap();
    let patient = feeds.patient();
    for expected in [1, 2, 4, 4] {
        patient.kill();
        assert_eq!(waited(&patient).await.as_millis(), expected * 1_000);
    }
    // Once it has run as long as the longest wait, it begins anew.
    tokio::time::sleep(3_999 * MS).await;
    patient.kill();
    assert_eq!(waited(&patient).await, 4 * SECOND);
    tokio::time::sleep(4 * SECOND).await;
    patient.kill();
    assert_eq!(waited(&patient).await, SECOND);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_has_time_for_others_while_a_child_waits() {
    let feeds = Feeds.start().await.unwrap();
    let (patient, hasty) = (feeds.patient(), feeds.hasty());
    patient.kill();
    settle().await;
    let begun = Instant::now();
    for _ in 0..3 {
        hasty.kill();
        assert_eq!(hasty.ping().await, Ok(()));
    }
    let children = feeds.which_children().await.unwrap();
    assert_eq!(children[1].state, ChildState::Restarting);
    assert_eq!(feeds.count_children().await.unwrap().active, 1);
    assert_eq!(feeds.restart_child("patient").await, Err(OperationError::Restarting));
    assert!(!patient.is_alive());
    assert!(begun.elapsed() < MS);
    // Who calls it waits with it, within the call's own time.
    assert_eq!(patient.ping().within(100 * MS).await, Err(CallError::Timeout));
    assert_eq!(waited(&patient).await, 899 * MS);
}

#[behaviour::test(start_paused = true)]
async fn a_restart_that_fails_waits_longer() {
    let away = Arc::new(AtomicBool::new(false));
    let there = away.clone();
    let tree = Tree::new(Strategy::OneForOne).intensity(10).child("a", move || Feed::child(Some(there.clone())));
    let tree = tree.backoff(backoff()).start().await.unwrap();
    let a = feed(&tree, "a");
    away.store(true, Ordering::Relaxed);
    a.kill();
    // At 100, 300 and 700 ms nobody is there.
    let back = async {
        tokio::time::sleep(750 * MS).await;
        away.store(false, Ordering::Relaxed);
    };
    let (waited, ()) = tokio::join!(waited(&a), back);
    assert_eq!(waited, 1_500 * MS);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_whose_intensity_is_reached_gives_up_at_once() {
    let tree = Tree::new(Strategy::OneForOne).intensity(2).period(10 * SECOND).child("a", || Feed::child(None));
    let tree = tree.backoff(backoff()).start().await.unwrap();
    let (a, ended) = (feed(&tree, "a"), tree.ended());
    for expected in [100, 200] {
        a.kill();
        assert_eq!(waited(&a).await.as_millis(), expected);
    }
    let begun = Instant::now();
    a.kill();
    assert_eq!(ended.await, ExitReason::Shutdown);
    assert!(begun.elapsed() < MS);
    assert_eq!(a.ping().await, Err(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn those_who_go_with_a_child_that_waits_are_down() {
    for (strategy, expected) in
        [(Strategy::OneForOne, "=?="), (Strategy::OneForAll, "-?-"), (Strategy::RestForOne, "=?-")]
    {
        let tree = tree(strategy).start().await.unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|id| feed(&tree, id));
        let pids = [a.pid(), c.pid()];
        b.kill();
        settle().await;
        assert_eq!(which(&tree).await, expected);
        // They are waited for as the child itself is.
        assert_eq!(waited(&c).await, if strategy == Strategy::OneForOne { Duration::ZERO } else { 99 * MS });
        assert_eq!(waited(&a).await, Duration::ZERO);
        assert_eq!(waited(&b).await, if strategy == Strategy::OneForOne { 99 * MS } else { Duration::ZERO });
        assert_eq!(which(&tree).await, "===");
        assert_eq!(pids.map(process::is_alive), [strategy != Strategy::OneForAll, strategy == Strategy::OneForOne]);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_wait_can_be_ended_by_hand() {
    let tree = tree(Strategy::RestForOne).start().await.unwrap();
    let [b, c] = ["b", "c"].map(|id| feed(&tree, id));
    b.kill();
    settle().await;
    let called = tokio::spawn(c.ping().forever());
    settle().await;
    assert_eq!(tree.terminate_child("b").await, Ok(()));
    // Nobody is going to start it.
    assert_eq!(called.await.unwrap(), Err(CallError::NoProcess));
    assert_eq!(which(&tree).await, "=--");
    assert_eq!(tree.restart_child("b").await, Ok(()));
    b.kill();
    // The row has begun anew, and the first wait means nothing any more.
    assert_eq!(waited(&b).await, 100 * MS);
}

#[behaviour::test(start_paused = true)]
async fn a_supervisor_can_be_ended_while_a_child_waits() {
    for strategy in [Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne] {
        let tree = tree(strategy).start().await.unwrap();
        let b = feed(&tree, "b");
        b.kill();
        settle().await;
        let called = tokio::spawn(b.ping().forever());
        settle().await;
        let begun = Instant::now();
        assert_eq!(tree.stop().await, Ok(()));
        assert_eq!(called.await.unwrap(), Err(CallError::NoProcess));
        assert!(begun.elapsed() < MS);
    }
}

#[behaviour::test(start_paused = true)]
async fn a_jitter_makes_waits_differ() {
    let mut waits = Vec::new();
    for _ in 0..20 {
        let tree = Tree::new(Strategy::OneForOne).child("a", || Feed::child(None));
        let tree = tree.backoff(Backoff::new(10 * SECOND).jitter(0.5)).start().await.unwrap();
        let a = feed(&tree, "a");
        a.kill();
        waits.push(waited(&a).await);
        tree.stop().await.unwrap();
    }
    assert!(waits.iter().all(|wait| (5 * SECOND..=15 * SECOND + MS).contains(wait)), "{waits:?}");
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 10, "{waits:?}");
}

#[behaviour::test(start_paused = true)]
async fn a_temporary_child_has_no_backoff() {
    let tree = Tree::new(Strategy::OneForOne).child("a", || Feed::child(None)).backoff(backoff());
    let error = tree.restart(Restart::Temporary).start().await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&BadCombination::BackoffTemporary));
}

/// What a wrong option says, and where it says that the mistake is.
async fn mistake<T: Send + 'static>(option: impl FnOnce() -> T + Send + 'static) -> (String, String) {
    let process = process::spawn(move |_: Inbox<()>| async move { drop(option()) });
    match process.ended().await {
        ExitReason::Panic(panic) => (panic.message().into(), panic.place().unwrap().into()),
        reason => panic!("ended with {reason}"),
    }
}

#[behaviour::test]
async fn a_wrong_option_is_told_at_the_line_that_has_it() {
    let zero = Duration::ZERO;
    let wait = "the first wait must be longer than zero";
    let longest = "the longest wait must not be shorter than the first one";
    let factor = "a factor must be at least 1, for waits do not become shorter";
    let jitter = "a jitter must be between 0 and 1";
    let period = "a period must be longer than zero";
    let partitions = "there must be at least one partition";
    let feeds = |count| PartitionSupervisor::start(count, |_| Feed::child(None));
    let feed_children = |count| PartitionSupervisor::child(count, |_| Feed::child(None));
    let mistakes = [
        (wait, mistake(move || Backoff::new(zero)).await),
        (longest, mistake(|| Backoff::new(SECOND).max(MS)).await),
        (factor, mistake(|| Backoff::new(SECOND).factor(0.5)).await),
        (jitter, mistake(|| Backoff::new(SECOND).jitter(1.5)).await),
        (period, mistake(move || Tree::new(Strategy::OneForOne).period(zero)).await),
        (period, mistake(move || DynamicSupervisor::<Feed>::start().period(zero)).await),
        (period, mistake(move || DynamicSupervisor::<Feed>::child().period(zero)).await),
        (period, mistake(move || feeds(1).period(zero)).await),
        (period, mistake(move || feed_children(1).period(zero)).await),
        (partitions, mistake(move || feeds(0)).await),
        (partitions, mistake(move || feed_children(0)).await),
    ];
    for (wanted, (message, place)) in mistakes {
        assert_eq!(message, wanted);
        assert!(place.contains(file!()), "`{message}` was told at {place}");
    }
}
