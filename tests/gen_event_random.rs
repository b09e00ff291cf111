//! Everything that can be asked of a manager, by many at once, in no order: whatever happens, it lives, and each handler
//! that began has ended once.

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use behaviour::prelude::*;

#[path = "support/random.rs"]
mod random;

use random::Random;

/// What handlers have done, all of them.
#[derive(Clone, Default)]
struct Counts {
    began: Arc<AtomicU32>,
    ended: Arc<AtomicU32>,
    dropped: Arc<AtomicU32>,
}

fn add_one(to: &AtomicU32) {
    to.fetch_add(1, Ordering::Relaxed);
}

/// What a handler is told to do.
#[derive(Clone, Copy, Debug)]
enum Order {
    Hear,
    Wait,
    Go,
    Swap,
    Fail,
}

/// Does as it is told.
#[gen_event(Order)]
struct Worker {
    counts: Counts,
}

impl Drop for Worker {
    fn drop(&mut self) {
        add_one(&self.counts.dropped);
    }
}

#[gen_event(Order)]
impl Worker {
    #[init]
    fn init(counts: Counts) -> Self {
        add_one(&counts.began);
        Self { counts }
    }

    #[event]
    async fn event(&mut self, order: &Order, cx: &mut HandlerContext<Self>) -> Result<(), std::fmt::Error> {
        match order {
            Order::Hear => {}
            Order::Wait => tokio::task::yield_now().await,
            Order::Go => cx.remove_handler(),
            Order::Swap => cx.swap_handler(Self::handler(self.counts.clone()).id("swapped")),
            Order::Fail => return Err(std::fmt::Error),
        }
        Ok(())
    }

    #[call]
    fn answer(&self) -> u32 {
        self.counts.began.load(Ordering::Relaxed)
    }

    #[terminate]
    fn close(&mut self) {
        add_one(&self.counts.ended);
    }
}

/// Owns handlers for a while.
#[gen_server]
struct Owner;

#[gen_server]
impl Owner {
    #[init]
    fn init() -> Self {
        Self
    }

    #[info]
    fn gone(&mut self, _: HandlerExit) {}
}

/// Does something, and does not mind if that is not possible.
async fn do_something(orders: &EventManagerClient<Order>, counts: &Counts, random: &mut Random) {
    let [id, other] = [(); 2].map(|()| random.pick(&["a", "b", "c", "swapped"]));
    let worker = orders.handler_with_id::<Worker>(id);
    let new = Worker::handler(counts.clone()).id(other);
    let order = random.pick(&[Order::Hear, Order::Wait, Order::Go, Order::Swap, Order::Fail]);
    match random.below(11) {
        0 | 1 => drop(orders.add_handler(new).await),
        2 => drop(orders.delete_handler(&worker).await),
        3 => drop(orders.swap_handler(&worker, new).await),
        how @ (4 | 5) => {
            let owner = Owner::start().await.unwrap();
            if how == 4 {
                drop(orders.add_sup_handler(new, owner.clone()).await);
            } else {
                drop(orders.swap_sup_handler(&worker, new, owner.clone()).await);
            }
            if random.below(2) == 0 { owner.kill() } else { owner.stop().await.unwrap() }
        }
        6 => orders.notify(order),
        7 => orders.sync_notify(order).await.unwrap(),
        8 => drop(worker.answer().await),
        9 => {
            orders.sys().suspend().await.unwrap();
            orders.sys().resume().await.unwrap();
        }
        _ => drop(orders.sys().get_status().await.unwrap()),
    }
}

#[behaviour::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_manager_survives_everything_and_no_handler_is_lost_or_ends_twice() {
    let (orders, counts) = (EventManager::start().await.unwrap(), Counts::default());
    let busy = (1..=6).map(|seed| {
        let (orders, counts, mut random) = (orders.clone(), counts.clone(), Random(seed));
        tokio::spawn(async move {
            for _ in 0..500 {
                do_something(&orders, &counts, &mut random).await;
            }
        })
    });
    for done in busy.collect::<Vec<_>>() {
        done.await.unwrap();
    }
    orders.sys().resume().await.unwrap();
    orders.stop().await.unwrap();
    let [began, ended, dropped] =
        [counts.began, counts.ended, counts.dropped].map(|count| count.load(Ordering::Relaxed));
    assert!(began > 100, "{began} did something");
    assert_eq!((ended, dropped), (began, began));
}
