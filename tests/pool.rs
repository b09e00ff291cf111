//! Pools: what poolboy's own tests show (otp.md 13; rows XPB).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use behaviour::pool::{Availability, Borrowed, Checkout, CheckoutError, Pool, PoolClient, Strategy};
use behaviour::prelude::*;
use behaviour::process;
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// A worker, which counts how many there are.
#[gen_server]
struct Worker {
    all: Arc<AtomicUsize>,
}

#[gen_server]
impl Worker {
    #[init]
    fn init(all: Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::AcqRel);
        Self { all }
    }

    #[call]
    fn own_pid(&self) -> Pid {
        process::current().expect("a callback runs in a process")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::AcqRel);
    }
}

type Guard = Borrowed<Worker>;

/// A pool, and how many workers it has.
struct Tested {
    pool: PoolClient<Worker>,
    all: Arc<AtomicUsize>,
}

impl Tested {
    async fn new(size: usize, max_overflow: usize, strategy: Strategy) -> Self {
        let all = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&all);
        let start = Pool::start(move || Worker::child(Arc::clone(&counted)));
        let pool = start.size(size).max_overflow(max_overflow).strategy(strategy).await.unwrap();
        assert_eq!(all.load(Ordering::Acquire), size, "the workers are there when the pool is");
        Self { pool, all }
    }

    async fn borrow(&self, workers: usize) -> Vec<Guard> {
        let mut borrowed = Vec::new();
        for _ in 0..workers {
            borrowed.push(self.pool.checkout().await.unwrap());
        }
        borrowed
    }

    /// The state, how many are available, the overflow, how many are lent.
    async fn status(&self) -> (Availability, usize, usize, usize) {
        let status = self.pool.status().await.unwrap();
        (status.state, status.available, status.overflow, status.lent)
    }

    /// How many workers live, are available and are lent, when all has settled.
    async fn counts(&self) -> (usize, usize, usize) {
        settle().await;
        let status = self.pool.status().await.unwrap();
        (self.all.load(Ordering::Acquire), status.available, status.lent)
    }
}

async fn lifo(size: usize, max_overflow: usize) -> Tested {
    Tested::new(size, max_overflow, Strategy::Lifo).await
}

/// Kills a worker that is borrowed, and waits for its end. The guard is kept.
async fn kill(worker: &Guard) {
    worker.kill();
    worker.ended().await;
}

// XPB-01
#[behaviour::test(start_paused = true)]
async fn workers_are_lent_and_given_back() {
    let tested = lifo(10, 5).await;
    assert_eq!(tested.counts().await, (10, 10, 0));
    let one = tested.pool.checkout().await.unwrap();
    assert_eq!(tested.counts().await, (10, 9, 1));
    let other = tested.pool.checkout().await.unwrap();
    assert_eq!(tested.counts().await, (10, 8, 2));
    assert_ne!(*one, *other);
    other.checkin();
    assert_eq!(tested.counts().await, (10, 9, 1));
    assert_eq!(one.own_pid().await.unwrap(), one.pid());
    drop(one);
    assert_eq!(tested.counts().await, (10, 10, 0));
}

// XPB-02
#[behaviour::test(start_paused = true)]
async fn workers_beyond_the_size_are_dismissed_as_they_come_back() {
    let tested = lifo(5, 5).await;
    let mut borrowed = tested.borrow(7).await;
    assert_eq!(tested.counts().await, (7, 0, 7));
    let mut give_back = async || {
        drop(borrowed.pop());
        tested.counts().await
    };
    assert_eq!(give_back().await, (6, 0, 6));
    assert_eq!(give_back().await, (5, 0, 5));
    assert_eq!(give_back().await, (5, 1, 4));
    assert_eq!(give_back().await, (5, 2, 3));
    drop(borrowed);
    assert_eq!(tested.counts().await, (5, 5, 0));
}

// XPB-03
#[behaviour::test(start_paused = true)]
async fn who_finds_no_worker_waits_for_the_next_one() {
    let tested = lifo(5, 2).await;
    let mut borrowed = tested.borrow(7).await;
    let pool = tested.pool.clone();
    let eighth = tokio::spawn(async move { pool.checkout().await.unwrap() });
    tokio::time::sleep(SECOND / 2).await;
    assert!(!eighth.is_finished());
    assert_eq!(tested.counts().await, (7, 0, 7));
    let back = borrowed.pop().unwrap();
    let worker = back.clone();
    back.checkin();
    let eighth = eighth.await.unwrap();
    assert_eq!(*eighth, worker);
    assert_eq!(tested.counts().await, (7, 0, 7));
    drop(eighth);
    assert_eq!(tested.counts().await, (6, 0, 6));
    drop(borrowed);
    assert_eq!(tested.counts().await, (5, 5, 0));
}

// XPB-05
#[behaviour::test(start_paused = true)]
async fn a_worker_that_dies_is_replaced_unless_it_was_overflow() {
    let tested = lifo(5, 2).await;
    let worker = tested.pool.checkout().await.unwrap();
    kill(&worker).await;
    assert_eq!(tested.status().await, (Availability::Ready, 5, 0, 0));
    assert_eq!(tested.counts().await, (5, 5, 0));
    drop(worker);
    assert_eq!(tested.counts().await, (5, 5, 0));

    let borrowed = tested.borrow(7).await;
    assert_eq!(tested.counts().await, (7, 0, 7));
    kill(&borrowed[0]).await;
    assert_eq!(tested.counts().await, (6, 0, 6));
    kill(&borrowed[1]).await;
    kill(&borrowed[2]).await;
    assert_eq!(tested.counts().await, (5, 1, 4));
}

// XPB-06
#[behaviour::test(start_paused = true)]
async fn a_worker_that_dies_is_replaced_for_who_waits() {
    let tested = lifo(5, 2).await;
    let borrowed = tested.borrow(7).await;
    let pool = tested.pool.clone();
    let eighth = tokio::spawn(async move { pool.checkout().await.unwrap() });
    assert_eq!(tested.counts().await, (7, 0, 7));
    kill(&borrowed[0]).await;
    let eighth = eighth.await.unwrap();
    assert!(eighth.is_alive());
    assert_eq!(tested.counts().await, (7, 0, 7));
    kill(&borrowed[1]).await;
    assert_eq!(tested.counts().await, (6, 0, 6));
}

// XPB-07
#[behaviour::test(start_paused = true)]
async fn a_worker_that_dies_is_always_replaced_without_an_overflow() {
    let tested = lifo(5, 0).await;
    let borrowed = tested.borrow(5).await;
    let pool = tested.pool.clone();
    let sixth = tokio::spawn(async move { pool.checkout().await.unwrap() });
    assert_eq!(tested.counts().await, (5, 0, 5));
    kill(&borrowed[0]).await;
    let _sixth = sixth.await.unwrap();
    assert_eq!(tested.counts().await, (5, 0, 5));
    kill(&borrowed[1]).await;
    assert_eq!(tested.counts().await, (5, 1, 4));
    kill(&borrowed[2]).await;
    assert_eq!(tested.counts().await, (5, 2, 3));
}

// XPB-08
#[behaviour::test(start_paused = true)]
async fn who_does_not_wait_is_told_that_the_pool_is_full() {
    let tested = lifo(5, 0).await;
    let mut borrowed = tested.borrow(5).await;
    for _ in 0..2 {
        assert_eq!(tested.pool.try_checkout().await.unwrap_err(), CheckoutError::Full);
    }
    let back = borrowed.pop().unwrap();
    let worker = back.clone();
    drop(back);
    let again = tested.pool.try_checkout().await.unwrap();
    assert_eq!(*again, worker);
    assert_eq!(tested.counts().await, (5, 0, 5));
}

// XPB-09
#[behaviour::test(start_paused = true)]
async fn who_does_not_wait_still_gets_one_of_the_overflow() {
    let tested = lifo(5, 5).await;
    let mut borrowed = tested.borrow(5).await;
    for _ in 0..5 {
        borrowed.push(tested.pool.try_checkout().await.unwrap());
    }
    assert_eq!(tested.pool.try_checkout().await.unwrap_err(), CheckoutError::Full);
    assert_eq!(tested.counts().await, (10, 0, 10));
    let back = borrowed.pop().unwrap();
    let worker = back.clone();
    drop(back);
    worker.ended().await;
    let new = tested.pool.try_checkout().await.unwrap();
    assert_ne!(*new, worker);
    assert_eq!(tested.pool.try_checkout().await.unwrap_err(), CheckoutError::Full);
    assert_eq!(tested.counts().await, (10, 0, 10));
}

// XPB-11
#[behaviour::test(start_paused = true)]
async fn a_transaction_that_panics_gives_its_worker_back() {
    let tested = lifo(2, 0).await;
    let pool = tested.pool.clone();
    let panicking = tokio::spawn(async move {
        pool.transaction(async |worker| {
            assert!(worker.is_alive());
            assert_eq!(pool.status().await.unwrap().available, 1);
            panic!("it went wrong")
        })
        .await
    });
    let payload = panicking.await.unwrap_err().into_panic();
    assert_eq!(payload.downcast_ref(), Some(&"it went wrong"));
    assert_eq!(tested.status().await, (Availability::Ready, 2, 0, 0));
    let (worker, value) = tested.pool.transaction(async |worker| (worker.own_pid().await, 7)).await.unwrap();
    assert!(worker.is_ok() && value == 7);
    assert_eq!(tested.status().await, (Availability::Ready, 2, 0, 0));
}

// XPB-12
#[behaviour::test(start_paused = true)]
async fn a_pool_tells_its_status() {
    let tested = lifo(2, 0).await;
    assert_eq!(tested.status().await, (Availability::Ready, 2, 0, 0));
    let _one = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 1));
    let _other = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 2));

    let tested = lifo(1, 1).await;
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
    let _one = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Overflow, 0, 0, 1));
    let _other = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Full, 0, 1, 2));

    let tested = lifo(0, 2).await;
    assert_eq!(tested.status().await, (Availability::Overflow, 0, 0, 0));
    let _one = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Overflow, 0, 1, 1));
    let _other = tested.borrow(1).await;
    assert_eq!(tested.status().await, (Availability::Full, 0, 2, 2));

    let tested = lifo(0, 0).await;
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 0));
}

// XPB-13
#[behaviour::test(start_paused = true)]
async fn who_was_served_after_waiting_leaves_nothing_behind() {
    let tested = lifo(1, 0).await;
    let first = tested.pool.checkout().await.unwrap();
    let pool = tested.pool.clone();
    let second = tokio::spawn(async move { pool.checkout().await.unwrap() });
    settle().await;
    first.checkin();
    let second = second.await.unwrap();
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    second.checkin();
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

// XPB-14
#[behaviour::test(start_paused = true)]
async fn who_gives_up_waiting_leaves_nothing_behind() {
    let tested = lifo(1, 0).await;
    let held = tested.pool.checkout().await.unwrap();
    let begun = tokio::time::Instant::now();
    let waited = tested.pool.checkout().within(SECOND).await;
    assert_eq!(waited.unwrap_err(), CheckoutError::Timeout);
    assert_eq!(begun.elapsed(), SECOND);
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    held.checkin();
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

// XPB-15
#[behaviour::test(start_paused = true)]
async fn the_worker_that_came_back_last_is_lent_first() {
    let tested = lifo(2, 0).await;
    let first = tested.pool.checkout().await.unwrap();
    let worker = first.clone();
    drop(first);
    let again = tested.pool.checkout().await.unwrap();
    assert_eq!(*again, worker);
    // That is so if nothing is said.
    assert_eq!(Strategy::default(), Strategy::Lifo);
}

// XPB-17
#[behaviour::test(start_paused = true)]
async fn all_workers_are_lent_in_turn_if_that_is_asked_for() {
    let tested = Tested::new(2, 0, Strategy::Fifo).await;
    let mut lent = Vec::new();
    for _ in 0..4 {
        lent.push(tested.pool.checkout().await.unwrap().clone());
    }
    assert_ne!(lent[0], lent[1]);
    assert_eq!(lent[..2], lent[2..]);
}

// XPB-18
#[behaviour::test(start_paused = true)]
async fn one_process_may_hold_a_worker_and_wait_for_another() {
    let tested = lifo(1, 0).await;
    let held = tested.pool.checkout().await.unwrap();
    let waiting = tested.pool.checkout();
    let killed = async {
        settle().await;
        kill(&held).await;
    };
    let (new, ()) = tokio::join!(waiting, killed);
    let new = new.unwrap();
    assert_ne!(*new, *held);
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    drop(held);
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    drop(new);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

/// A transaction that may not wait at all for the only worker, which is lent, and then is not.
async fn in_no_time(pool: PoolClient<Worker>, held: Guard) {
    let worker = held.clone();
    let transaction = || pool.checkout().within(Duration::ZERO).transaction(async |worker| worker.clone());
    assert_eq!(transaction().await.unwrap_err(), CheckoutError::Timeout);
    drop(held);
    assert_eq!(transaction().await.unwrap(), worker);
}

// XPB-19
#[behaviour::test(start_paused = true)]
async fn a_transaction_of_another_process_that_times_out_leaves_the_pool_as_it_was() {
    let tested = lifo(1, 0).await;
    let (pool, held) = (tested.pool.clone(), tested.pool.checkout().await.unwrap());
    let other = process::spawn(|_: Inbox<()>| in_no_time(pool, held));
    assert_eq!(other.ended().await, ExitReason::Normal);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
    assert_eq!(tested.counts().await, (1, 1, 0));
}

// XPB-20
#[behaviour::test(start_paused = true)]
async fn a_transaction_that_times_out_leaves_the_pool_as_it_was() {
    let tested = lifo(1, 0).await;
    in_no_time(tested.pool.clone(), tested.pool.checkout().await.unwrap()).await;
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

#[behaviour::test]
async fn a_transaction_takes_an_async_closure_and_one_that_makes_a_future() {
    let tested = lifo(1, 0).await;
    let mut seen = Vec::new();
    tested.pool.transaction(async |worker| seen.push(worker.pid())).await.unwrap();
    let again = tested.pool.transaction(|worker| async move { worker.pid() }).await.unwrap();
    assert_eq!(seen, [again]);
}

#[behaviour::test(start_paused = true)]
async fn who_waits_is_served_in_order() {
    let tested = lifo(1, 0).await;
    let held = tested.pool.checkout().await.unwrap();
    let order = Arc::<std::sync::Mutex<Vec<usize>>>::default();
    let mut waiting = Vec::new();
    for number in 0..5 {
        let (pool, order) = (tested.pool.clone(), Arc::clone(&order));
        waiting.push(tokio::spawn(async move {
            let _worker = pool.checkout().await.unwrap();
            order.lock().unwrap().push(number);
        }));
        settle().await;
    }
    // One of them has had enough.
    waiting.remove(2).abort();
    settle().await;
    held.checkin();
    for task in waiting {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 3, 4]);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

#[behaviour::test(start_paused = true)]
async fn the_end_of_a_borrower_gives_its_worker_back_before_anybody_hears_of_it(mut inbox: Inbox<()>) {
    let tested = lifo(1, 0).await;
    let pool = tested.pool.clone();
    let (borrower, monitor) = process::spawn_monitor(|mut inbox: Inbox<()>| async move {
        let _worker = pool.checkout().await.unwrap();
        inbox.recv().await;
    });
    settle().await;
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    process::kill(borrower.pid());
    inbox.down_of(&monitor).await;
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
    assert_eq!(tested.counts().await, (1, 1, 0));
}

/// Looks once whether a checkout has to wait.
async fn is_pending(checkout: &mut Pin<Box<Checkout<Worker>>>) -> bool {
    poll_fn(|cx| Poll::Ready(checkout.as_mut().poll(cx).is_pending())).await
}

#[behaviour::test(start_paused = true)]
async fn a_worker_that_had_just_come_goes_to_the_next_one_if_who_waited_is_gone() {
    let tested = lifo(1, 0).await;
    let held = tested.pool.checkout().await.unwrap();
    let mut first = Box::pin(tested.pool.checkout());
    let mut second = Box::pin(tested.pool.checkout());
    assert!(is_pending(&mut first).await);
    assert!(is_pending(&mut second).await);
    held.checkin();
    // The worker is the first one's, who never looks.
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    assert!(is_pending(&mut second).await);
    drop(first);
    let worker = second.await.unwrap();
    assert_eq!(tested.status().await, (Availability::Full, 0, 0, 1));
    drop(worker);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0));
}

#[behaviour::test(start_paused = true)]
async fn all_workers_are_different_ones() {
    let tested = lifo(3, 3).await;
    let borrowed = tested.borrow(6).await;
    let pids: HashSet<_> = borrowed.iter().map(|worker| worker.pid()).collect();
    assert_eq!(pids.len(), 6);
}
