//! Pools where several things happen at once: callers that give up, workers that die, pools that end.

use std::future::{IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use behaviour::pool::{Availability, Checkout, CheckoutError, Pool, PoolClient};
use behaviour::prelude::*;
use behaviour::server::Start;
use behaviour::testing::settle;
use behaviour::{process, sys};
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);

/// Workers that hold this token as long as they live, and take so long to start.
type Token = Arc<()>;
type Worker = Agent<Token>;

fn workers(token: &Token, start_in: Duration) -> Start<Pool<Worker>> {
    let token = token.clone();
    Pool::start(move || {
        let token = token.clone();
        Child::new(Agent::start_async(move || async move {
            if !start_in.is_zero() {
                sleep(start_in).await;
            }
            token
        }))
    })
}

/// A pool, and what its workers hold.
struct Tested {
    pool: PoolClient<Worker>,
    token: Token,
}

impl Tested {
    async fn new(size: usize, max_overflow: usize, start_in: Duration) -> Self {
        let token = Token::default();
        let pool = workers(&token, start_in).size(size).max_overflow(max_overflow).await.unwrap();
        Self { pool, token }
    }

    /// The state, how many are available, the overflow, how many are lent, and how many live, when all has settled.
    async fn status(&self) -> (Availability, usize, usize, usize, usize) {
        settle().await;
        let status = self.pool.status().await.unwrap();
        (status.state, status.available, status.overflow, status.lent, alive(&self.token))
    }
}

/// How many workers there are: the test has the token, and so has the description of a worker.
fn alive(token: &Token) -> usize {
    Arc::strong_count(token).saturating_sub(2)
}

/// Looks once whether a checkout has to wait.
async fn is_pending(checkout: &mut Pin<Box<Checkout<Worker>>>) -> bool {
    poll_fn(|cx| Poll::Ready(checkout.as_mut().poll(cx).is_pending())).await
}

#[behaviour::test(start_paused = true)]
async fn idle_workers_that_end_are_replaced_whatever_their_reason() {
    let tested = Tested::new(3, 1, Duration::ZERO).await;
    for reason in [ExitReason::Normal, ExitReason::Shutdown, ExitReason::Killed, ExitReason::error("boom")] {
        let mut borrowed = Vec::new();
        for _ in 0..3 {
            borrowed.push(tested.pool.checkout().await.unwrap());
        }
        let idle: Vec<_> = borrowed.iter().map(|worker| (**worker).clone()).collect();
        drop(borrowed);
        assert_eq!(tested.status().await, (Availability::Ready, 3, 0, 0, 3));
        for worker in &idle {
            worker.stop().reason(reason.clone()).await.unwrap();
        }
        assert_eq!(tested.status().await, (Availability::Ready, 3, 0, 0, 3));
        assert!(tested.pool.checkout().await.unwrap().is_alive());
    }
}

#[behaviour::test(start_paused = true)]
async fn a_worker_that_is_borrowed_and_ends_normally_is_replaced_as_well() {
    let tested = Tested::new(1, 0, Duration::ZERO).await;
    let borrowed = tested.pool.checkout().await.unwrap();
    borrowed.stop().await.unwrap();
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1));
    drop(borrowed);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1));
}

#[behaviour::test(start_paused = true)]
async fn a_caller_may_give_up_at_any_moment_of_the_start_of_its_worker() {
    for after in [0, 1, 5, 9, 10, 11] {
        let tested = Tested::new(1, 1, 10 * MS).await;
        let held = tested.pool.checkout().await.unwrap();
        let _ = timeout(after * MS, tested.pool.checkout()).await;
        sleep(50 * MS).await;
        assert_eq!(tested.status().await, (Availability::Overflow, 0, 0, 1, 1), "after {after} ms");
        drop(held);
        assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1), "after {after} ms");
    }
}

#[behaviour::test(start_paused = true)]
async fn the_worker_that_was_started_for_who_gave_up_goes_to_the_next_one() {
    let tested = Tested::new(1, 1, 10 * MS).await;
    let held = tested.pool.checkout().await.unwrap();
    let mut waiting = [(); 3].map(|()| Box::pin(tested.pool.checkout()));
    for checkout in &mut waiting {
        assert!(is_pending(checkout).await);
    }
    let [first, second, mut third] = waiting;
    drop(first);
    let second = second.await.unwrap();
    assert!(is_pending(&mut third).await);
    second.kill();
    let third = third.await.unwrap();
    assert_eq!(tested.status().await, (Availability::Full, 0, 1, 2, 2));
    drop(second);
    assert_eq!(tested.status().await, (Availability::Full, 0, 1, 2, 2), "that one was replaced already");
    drop(third);
    assert_eq!(tested.status().await, (Availability::Overflow, 0, 0, 1, 1));
    drop(held);
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1));
}

#[behaviour::test(start_paused = true)]
async fn who_is_killed_as_it_is_served_leaves_the_worker_in_the_pool() {
    let tested = Tested::new(1, 0, Duration::ZERO).await;
    let held = tested.pool.checkout().await.unwrap();
    let pool = tested.pool.clone();
    let waiting = process::spawn(|mut inbox: Inbox<()>| async move {
        let _worker = pool.checkout().await.unwrap();
        inbox.recv().await;
    });
    settle().await;
    drop(held);
    process::kill(waiting.pid());
    waiting.ended().await;
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1));
}

#[behaviour::test(start_paused = true)]
async fn who_does_not_wait_for_others_waits_for_a_worker_that_is_being_replaced() {
    let tested = Tested::new(1, 0, 10 * MS).await;
    let held = tested.pool.checkout().await.unwrap();
    held.kill();
    held.ended().await;
    let early = tested.pool.try_checkout().within(3 * MS).await;
    assert_eq!(early.unwrap_err(), CheckoutError::Timeout);
    let worker = tested.pool.try_checkout().await.unwrap();
    assert_eq!(tested.pool.try_checkout().await.unwrap_err(), CheckoutError::Full);
    assert!(worker.is_alive());
}

#[behaviour::test(start_paused = true)]
async fn a_borrower_that_asks_for_another_worker_waits_no_longer_than_it_says() {
    let tested = Tested::new(1, 0, Duration::ZERO).await;
    let pool = &tested.pool;
    let inner = pool.transaction(async |_outer| pool.transaction(async |_inner| ()).await).await.unwrap();
    assert_eq!(inner, Err(CheckoutError::Timeout));
    assert_eq!(tested.status().await, (Availability::Ready, 1, 0, 0, 1));
}

#[behaviour::test(start_paused = true)]
async fn a_pool_whose_start_is_given_up_leaves_no_worker_and_no_name() {
    let token = Token::default();
    let name = "pool that starts slowly";
    let slow = || workers(&token, 100 * MS).size(3).named(name);
    assert_eq!(slow().within(10 * MS).await.unwrap_err(), StartError::Timeout);
    settle().await;
    assert_eq!((process::whereis(name), Arc::strong_count(&token)), (None, 1));

    assert!(timeout(10 * MS, slow().into_future()).await.is_err());
    settle().await;
    assert_eq!((process::whereis(name), Arc::strong_count(&token)), (None, 1));

    let starting = tokio::spawn(slow().into_future());
    sleep(10 * MS).await;
    process::kill(process::whereis(name).unwrap());
    assert_eq!(starting.await.unwrap().unwrap_err(), StartError::Failed(ExitReason::Killed));
    settle().await;
    assert_eq!((process::whereis(name), Arc::strong_count(&token)), (None, 1));
}

#[behaviour::test(start_paused = true)]
async fn a_pool_may_be_stopped_while_a_worker_starts() {
    let tested = Tested::new(1, 3, 10 * MS).await;
    let held = tested.pool.checkout().await.unwrap();
    let pool = tested.pool.clone();
    let waiting = tokio::spawn(async move { pool.checkout().await.map(drop) });
    settle().await;
    assert_eq!(tested.pool.stop().await, Ok(()));
    assert_eq!(waiting.await.unwrap(), Err(CheckoutError::Call(CallError::Exited(ExitReason::Normal))));
    drop(held);
    settle().await;
    assert_eq!(Arc::strong_count(&tested.token), 1);
}

#[behaviour::test(start_paused = true)]
async fn a_pool_ends_with_the_supervisor_of_its_workers_and_with_no_stranger() {
    let tested = Tested::new(2, 0, Duration::ZERO).await;
    tested.pool.exit(ExitReason::error("who are you"));
    assert_eq!(tested.status().await, (Availability::Ready, 2, 0, 0, 2));

    let worker = tested.pool.checkout().await.unwrap();
    let supervisor = sys::of(worker.pid()).get_status().await.unwrap().parent.unwrap();
    assert_ne!(supervisor, tested.pool.pid());
    process::kill(supervisor);
    assert_eq!(tested.pool.ended().await, ExitReason::Killed);
    settle().await;
    assert_eq!(Arc::strong_count(&tested.token), 1);
    assert_eq!(tested.pool.checkout().await.unwrap_err(), CheckoutError::Call(CallError::NoProcess));
}

#[behaviour::test(start_paused = true)]
async fn a_worker_whose_description_panics_has_not_started() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let broken = Arc::new(AtomicBool::new(false));
    let described = broken.clone();
    let pool = Pool::start(move || {
        assert!(!described.load(Ordering::SeqCst), "no worker to be had");
        Agent::child(|| 0)
    });
    let pool = pool.size(1).max_overflow(1).await.unwrap();
    broken.store(true, Ordering::SeqCst);
    let held = pool.checkout().await.unwrap();
    let refused = pool.checkout().await.unwrap_err();
    assert!(matches!(refused, CheckoutError::Start(StartError::Failed(ExitReason::Panic(_)))), "{refused:?}");
    assert_eq!(pool.status().await.unwrap().state, Availability::Overflow);
    held.kill();
    let ExitReason::Panic(panic) = pool.ended().await else { panic!("it has a worker too few") };
    assert_eq!(panic.message(), "no worker to be had");
}
