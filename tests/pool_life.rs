//! Pools as processes: how they start, end and are restarted, and what becomes of workers and borrowers.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it needs one or not")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use behaviour::pool::{Availability, CheckoutError, Pool, PoolClient};
use behaviour::prelude::*;
use behaviour::process;
use behaviour::supervisor::Shutdown;
use behaviour::testing::settle;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

/// What workers of a pool share: how many live, how long they take to start and to end, whether they start at all.
#[derive(Default)]
struct Plan {
    all: AtomicUsize,
    starts_in: Duration,
    ends_in: Duration,
    fails: AtomicBool,
}

impl Plan {
    fn all(&self) -> usize {
        self.all.load(Ordering::Acquire)
    }

    fn fail(&self) {
        self.fails.store(true, Ordering::Release);
    }

    fn pool(self: &Arc<Self>) -> behaviour::server::Start<Pool<Worker>> {
        let plan = Arc::clone(self);
        Pool::start(move || Worker::child(Arc::clone(&plan)))
    }
}

#[gen_server]
struct Worker {
    plan: Arc<Plan>,
}

#[gen_server]
impl Worker {
    #[init]
    async fn init(cx: &mut Context<Self>, plan: Arc<Plan>) -> Result<Self, &'static str> {
        cx.trap_exit(true);
        if plan.fails.load(Ordering::Acquire) {
            return Err("broken");
        }
        if !plan.starts_in.is_zero() {
            sleep(plan.starts_in).await;
        }
        plan.all.fetch_add(1, Ordering::AcqRel);
        Ok(Self { plan })
    }

    #[info]
    fn exit(&mut self, _: Exit) {}

    #[terminate]
    async fn end(&mut self, _: ExitReason) {
        if !self.plan.ends_in.is_zero() {
            sleep(self.plan.ends_in).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.plan.all.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn state(pool: &PoolClient<Worker>) -> (Availability, usize) {
    let status = pool.status().await.unwrap();
    (status.state, status.available)
}

fn broken() -> StartError {
    StartError::Failed(ExitReason::error("broken"))
}

#[behaviour::test(start_paused = true)]
async fn a_pool_has_five_workers_and_an_overflow_of_ten_if_nothing_is_said() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().await.unwrap();
    assert_eq!(plan.all(), 5);
    let mut borrowed = Vec::new();
    while let Ok(worker) = pool.try_checkout().await {
        borrowed.push(worker);
    }
    assert_eq!((borrowed.len(), plan.all()), (15, 15));
}

#[behaviour::test(start_paused = true)]
async fn workers_start_side_by_side() {
    let plan = Arc::new(Plan { starts_in: SECOND, ..Plan::default() });
    let begun = Instant::now();
    let pool = plan.pool().size(3).max_overflow(2).await.unwrap();
    assert_eq!((plan.all(), begun.elapsed()), (3, SECOND));
    let borrowed: Vec<_> = [pool.checkout(), pool.checkout(), pool.checkout()].into_iter().collect();
    for checkout in borrowed {
        let _ = checkout.await.unwrap();
    }
    assert_eq!(begun.elapsed(), SECOND, "an idle worker is lent at once");
    let held = [pool.checkout().await.unwrap(), pool.checkout().await.unwrap(), pool.checkout().await.unwrap()];
    let (fourth, fifth) = tokio::join!(pool.checkout(), pool.checkout());
    assert_eq!(begun.elapsed(), 2 * SECOND);
    assert!(fourth.is_ok() && fifth.is_ok());
    drop(held);
}

#[behaviour::test(start_paused = true)]
async fn a_worker_that_comes_back_is_lent_to_who_waits_for_a_start() {
    let plan = Arc::new(Plan { starts_in: SECOND, ..Plan::default() });
    let pool = plan.pool().size(1).max_overflow(1).await.unwrap();
    let held = pool.checkout().await.unwrap();
    let begun = Instant::now();
    let give_back = async {
        settle().await;
        held.checkin();
    };
    let (worker, ()) = tokio::join!(pool.checkout(), give_back);
    let worker = worker.unwrap();
    assert!(begun.elapsed() < SECOND / 2);
    // The one that was started meanwhile is one too many.
    sleep(2 * SECOND).await;
    assert_eq!((plan.all(), pool.status().await.unwrap().lent), (1, 1));
    drop(worker);
    assert_eq!(state(&pool).await, (Availability::Ready, 1));
}

#[behaviour::test(start_paused = true)]
async fn a_pool_whose_workers_do_not_start_does_not_start() {
    let plan = Arc::<Plan>::default();
    plan.fail();
    assert_eq!(plan.pool().size(2).await.unwrap_err(), broken());
    assert_eq!(plan.pool().size(2).named("pool that fails").await.unwrap_err(), broken());
    assert_eq!(process::whereis("pool that fails"), None);
    // None has to start.
    let pool = plan.pool().size(0).await.unwrap();
    assert_eq!(pool.checkout().await.unwrap_err(), CheckoutError::Start(broken()));
    assert_eq!(state(&pool).await, (Availability::Overflow, 0));
}

#[behaviour::test(start_paused = true)]
async fn a_worker_of_the_overflow_that_does_not_start_is_a_failed_checkout() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().size(1).max_overflow(1).await.unwrap();
    let held = pool.checkout().await.unwrap();
    plan.fail();
    for _ in 0..2 {
        assert_eq!(pool.checkout().await.unwrap_err(), CheckoutError::Start(broken()));
    }
    assert_eq!(state(&pool).await, (Availability::Overflow, 0));
    plan.fails.store(false, Ordering::Release);
    drop(pool.checkout().await.unwrap());
    drop(held);
    assert_eq!(state(&pool).await, (Availability::Ready, 1));
}

#[behaviour::test(start_paused = true)]
async fn a_worker_of_the_size_that_does_not_start_again_ends_the_pool() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().size(2).await.unwrap();
    let held = pool.checkout().await.unwrap();
    plan.fail();
    held.kill();
    assert_eq!(pool.ended().await, ExitReason::error("broken"));
    assert_eq!(plan.all(), 0);
    assert_eq!(pool.checkout().await.unwrap_err(), CheckoutError::Call(CallError::NoProcess));
    assert_eq!(pool.status().await.unwrap_err(), CallError::NoProcess);
}

#[behaviour::test(start_paused = true)]
async fn workers_end_with_their_pool_and_who_waits_is_told() {
    let plan = Arc::new(Plan { ends_in: SECOND, ..Plan::default() });
    let pool = plan.pool().size(3).max_overflow(0).await.unwrap();
    let held = [pool.checkout().await.unwrap(), pool.checkout().await.unwrap(), pool.checkout().await.unwrap()];
    let waiting = pool.checkout().forever();
    let stopping = async {
        settle().await;
        pool.stop().await
    };
    let begun = Instant::now();
    let (waited, stopped) = tokio::join!(waiting, stopping);
    assert_eq!(stopped, Ok(()));
    assert_eq!(waited.unwrap_err(), CheckoutError::Call(CallError::Exited(ExitReason::Normal)));
    assert!((SECOND..2 * SECOND).contains(&begun.elapsed()), "all end at the same time, and in order");
    assert_eq!(plan.all(), 0);
    assert!(held.iter().all(|worker| !worker.is_alive()));
    drop(held);
}

#[behaviour::test(start_paused = true)]
async fn a_pool_that_is_killed_takes_its_workers_along() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().size(2).max_overflow(0).await.unwrap();
    let held = [pool.checkout().await.unwrap(), pool.checkout().await.unwrap()];
    let waiting = pool.checkout();
    let killing = async {
        settle().await;
        pool.kill();
    };
    let (waited, ()) = tokio::join!(waiting, killing);
    assert_eq!(waited.unwrap_err(), CheckoutError::Call(CallError::Exited(ExitReason::Killed)));
    for worker in &held {
        worker.ended().await;
    }
    assert_eq!(plan.all(), 0);
}

#[behaviour::test(start_paused = true)]
async fn a_worker_has_the_time_to_end_that_the_pool_says() {
    let plan = Arc::new(Plan { ends_in: 20 * SECOND, ..Plan::default() });
    let begun = Instant::now();
    plan.pool().shutdown(Shutdown::Infinity).await.unwrap().stop().await.unwrap();
    assert_eq!(begun.elapsed(), 20 * SECOND);
    let begun = Instant::now();
    plan.pool().await.unwrap().stop().await.unwrap();
    assert_eq!(begun.elapsed(), 5 * SECOND);
    let begun = Instant::now();
    plan.pool().shutdown(Shutdown::BrutalKill).await.unwrap().stop().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// What needs workers.
#[supervisor(one_for_one)]
struct Shop {
    plan: Arc<Plan>,
}

#[supervisor]
impl Shop {
    #[child]
    fn workers(&self) -> Child<Pool<Worker>> {
        let plan = Arc::clone(&self.plan);
        Pool::child(move || Worker::child(Arc::clone(&plan))).size(1).max_overflow(1).shutdown(Shutdown::BrutalKill)
    }
}

#[behaviour::test(start_paused = true)]
async fn a_pool_is_a_child_whose_client_follows_it_through_its_restarts() {
    let plan = Arc::new(Plan { starts_in: SECOND, ends_in: SECOND, ..Plan::default() });
    let shop = Shop { plan: Arc::clone(&plan) }.start().await.unwrap();
    let pool = shop.workers();
    let held = pool.checkout().await.unwrap();
    let _second = pool.checkout().await.unwrap();
    assert_eq!(pool.try_checkout().await.unwrap_err(), CheckoutError::Full);
    let before = pool.pid();
    pool.kill();
    held.ended().await;
    // The next one is not there yet: the checkout waits for it, within its own time.
    let late = pool.checkout().within(SECOND / 2).await;
    assert_eq!(late.unwrap_err(), CheckoutError::Timeout);
    let new = pool.checkout().await.unwrap();
    assert_ne!(*new, *held);
    assert_ne!(pool.pid(), before);
    // What was borrowed from the pool before is of no meaning to this one.
    drop(held);
    assert_eq!(pool.status().await.unwrap().lent, 1);
    let begun = Instant::now();
    shop.stop().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO, "its workers are killed");
    assert_eq!(plan.all(), 0);
}

#[behaviour::test(start_paused = true)]
async fn a_transaction_that_is_dropped_half_done_gives_its_worker_back() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().size(1).max_overflow(0).await.unwrap();
    let endless = pool.transaction(async |_worker| std::future::pending::<()>().await);
    assert!(tokio::time::timeout(SECOND, endless).await.is_err());
    assert_eq!(state(&pool).await, (Availability::Ready, 1));
}

// Whatever happens at the same time, no worker is lost and none is lent twice.
#[behaviour::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_in_a_crowd() {
    let plan = Arc::<Plan>::default();
    let pool = plan.pool().size(3).max_overflow(2).await.unwrap();
    let lent = Arc::<AtomicUsize>::default();
    let mut crowd = Vec::new();
    for number in 0..16_u64 {
        let (pool, lent) = (pool.clone(), Arc::clone(&lent));
        crowd.push(tokio::spawn(async move {
            for round in 0..200 {
                // Some give up as the worker may just be coming.
                let patience = Duration::from_micros((number * 37 + round * 101) % 400);
                let Ok(worker) = pool.checkout().within(patience).await else { continue };
                assert!(lent.fetch_add(1, Ordering::AcqRel) < 5, "there are no more than five");
                if round % 3 == 0 {
                    tokio::task::yield_now().await;
                }
                lent.fetch_sub(1, Ordering::AcqRel);
                if (number + round) % 50 == 0 {
                    worker.kill();
                    worker.ended().await;
                }
            }
        }));
    }
    for task in crowd {
        task.await.unwrap();
    }
    // A worker that was started for somebody who gave up is dismissed when it is there.
    while pool.status().await.unwrap().overflow > 0 {
        tokio::task::yield_now().await;
    }
    let status = pool.status().await.unwrap();
    assert_eq!((status.state, status.available, status.overflow, status.lent), (Availability::Ready, 3, 0, 0));
    let all = [pool.checkout().await, pool.checkout().await, pool.checkout().await];
    assert!(all.iter().all(|worker| worker.as_ref().is_ok_and(|worker| worker.is_alive())));
}
