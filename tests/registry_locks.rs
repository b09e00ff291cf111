//! Locks by key: mutual exclusion that ends with whoever has it.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;
use behaviour::registry::{DuplicateRegistry, Registry};
use tokio::time::sleep;

/// Nobody of this kind is registered: locks have nothing to do with entries.
#[gen_server]
struct Nobody;

#[gen_server]
impl Nobody {
    #[init]
    fn init() -> Self {
        Self
    }
}

type Locks = Registry<&'static str, Nobody>;

const SECOND: Duration = Duration::from_secs(1);

/// What was done, in order.
type Diary = Arc<Mutex<Vec<&'static str>>>;

/// A process that takes a lock, holds it for a second, and says so.
fn holder(locks: &Locks, key: &'static str, diary: &Diary, says: [&'static str; 2]) -> process::Process<()> {
    let (locks, diary) = (locks.clone(), diary.clone());
    process::spawn(move |_: Inbox<()>| async move {
        let _lock = locks.lock(key).await;
        diary.lock().unwrap().push(says[0]);
        sleep(SECOND).await;
        diary.lock().unwrap().push(says[1]);
    })
}

// XRC-02
#[behaviour::test(start_paused = true)]
async fn locks_of_different_keys_are_held_at_the_same_time() {
    let (locks, diary) = (Locks::new(), Diary::default());
    let one = holder(&locks, "one", &diary, ["one in", "one out"]);
    let two = holder(&locks, "two", &diary, ["two in", "two out"]);
    one.ended().await;
    two.ended().await;
    let mut order = diary.lock().unwrap().clone();
    order[..2].sort_unstable();
    order[2..].sort_unstable();
    assert_eq!(order, ["one in", "two in", "one out", "two out"]);
    drop((locks.lock("one").await, locks.lock("two").await));
}

// XRC-03
#[behaviour::test(start_paused = true)]
async fn the_lock_of_a_key_is_held_by_one_at_a_time() {
    let (locks, diary) = (Locks::new(), Diary::default());
    let first = holder(&locks, "key", &diary, ["first in", "first out"]);
    sleep(SECOND / 2).await;
    let second = holder(&locks, "key", &diary, ["second in", "second out"]);
    first.ended().await;
    second.ended().await;
    assert_eq!(*diary.lock().unwrap(), ["first in", "first out", "second in", "second out"]);
    drop(locks.lock("key").await);
}

// XRC-05
#[behaviour::test(start_paused = true)]
async fn the_end_of_who_holds_a_lock_frees_it() {
    let (locks, diary) = (Locks::new(), Diary::default());
    let first = holder(&locks, "key", &diary, ["first in", "first out"]);
    sleep(SECOND / 2).await;
    let second = holder(&locks, "key", &diary, ["second in", "second out"]);
    sleep(SECOND / 10).await;
    process::kill(first.pid());
    second.ended().await;
    assert_eq!(*diary.lock().unwrap(), ["first in", "second in", "second out"]);
}

// XRC-06
#[behaviour::test(start_paused = true)]
async fn the_end_of_who_waits_for_a_lock_leaves_it_to_the_next() {
    let (locks, diary) = (Locks::new(), Diary::default());
    let first = holder(&locks, "key", &diary, ["first in", "first out"]);
    sleep(SECOND / 10).await;
    let second = holder(&locks, "key", &diary, ["second in", "second out"]);
    sleep(SECOND / 10).await;
    let third = holder(&locks, "key", &diary, ["third in", "third out"]);
    sleep(SECOND / 10).await;
    process::kill(second.pid());
    second.ended().await;
    third.ended().await;
    assert!(!first.is_alive());
    assert_eq!(*diary.lock().unwrap(), ["first in", "first out", "third in", "third out"]);
}

#[behaviour::test(start_paused = true)]
async fn a_panic_frees_the_lock() {
    let locks = Locks::new();
    let held = locks.clone();
    let panics = process::spawn(move |_: Inbox<()>| async move {
        let _lock = held.lock("key").await;
        sleep(SECOND).await;
        panic!("while it has the lock");
    });
    sleep(SECOND / 2).await;
    let _lock = locks.lock("key").await;
    assert!(!panics.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn a_lock_goes_to_those_who_wait_in_order() {
    let (locks, diary) = (Locks::new(), Diary::default());
    let lock = locks.lock("key").await;
    let mut waiting = Vec::new();
    for says in [["1", "-"], ["2", "-"], ["3", "-"], ["4", "-"]] {
        waiting.push(holder(&locks, "key", &diary, says));
        sleep(SECOND).await;
    }
    drop(lock);
    for process in waiting {
        process.ended().await;
    }
    assert_eq!(*diary.lock().unwrap(), ["1", "-", "2", "-", "3", "-", "4", "-"]);
}

#[behaviour::test(start_paused = true)]
async fn a_lock_outlives_the_handle_that_it_came_from() {
    let registry = DuplicateRegistry::<&str, Nobody>::new();
    let lock = registry.lock("key").await;
    drop(registry);
    assert_eq!(format!("{lock:?}"), "KeyLock { .. }");
}
