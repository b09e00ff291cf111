//! What handlers, their arguments and their messages do when they are dropped does no harm: a manager outlives destructors
//! that panic, wherever it has to drop something that nobody took (otp.md 8: it survives every failure of a handler).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::sync::Arc;
use std::time::Duration;

use behaviour::prelude::*;
use behaviour::testing::{Reports, settle};

const SECOND: Duration = Duration::from_secs(1);

/// Panics when it is dropped, but not while something else panics.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "a mine was dropped");
    }
}

/// The same, for several.
struct Many;

impl Clone for Many {
    fn clone(&self) -> Self {
        Self
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "one of many was dropped");
    }
}

/// What a handler is told to do.
enum Order {
    Go,
    SwapAndFail,
    SwapForOther,
    Tick,
}

/// Comes again and again.
#[derive(Clone)]
struct Tick(Arc<Mine>);

/// Keeps what is dangerous, and leaves it.
#[gen_event(Order)]
struct Keeper {
    mine: Option<Mine>,
}

#[gen_event(Order)]
impl Keeper {
    #[init]
    fn init(mine: Option<Mine>) -> Self {
        Self { mine }
    }

    #[event]
    fn event(&mut self, order: &Order, cx: &mut HandlerContext<Self>) -> Result<(), std::io::Error> {
        match order {
            Order::Go => cx.remove_handler(),
            Order::SwapAndFail => {
                cx.swap_handler(Self::handler(Some(Mine)));
                return Err(std::io::Error::other("told to"));
            }
            Order::SwapForOther => cx.swap_handler(Self::handler(Some(Mine)).id("other")),
            Order::Tick => {
                cx.send_every(SECOND, Tick(Arc::new(Mine)));
                cx.send_after(SECOND, Tick(Arc::new(Mine)));
            }
        }
        Ok(())
    }

    #[call]
    fn keep(&mut self, mine: Mine) {
        self.mine = Some(mine);
    }

    #[info]
    fn kept(&mut self, mine: Mine) {
        self.mine = Some(mine);
    }

    #[info]
    fn tick(&mut self, Tick(mine): Tick) {
        std::mem::forget(mine);
    }

    #[terminate]
    fn leave(self, cx: &mut HandlerContext<Self>) -> Option<Mine> {
        // Nobody heeds what it asks for now.
        if cx.id().id() == Some("asks at the end") {
            cx.swap_handler(Self::handler(Some(Mine)));
        }
        self.mine
    }
}

type Orders = EventManager<Order>;

/// A manager with one handler, which keeps nothing.
async fn orders() -> (EventManagerClient<Order>, KeeperClient) {
    let orders = Orders::start().await.unwrap();
    let keeper = orders.add_handler(Keeper::handler(None)).await.unwrap();
    (orders, keeper)
}

/// The manager lives, and so many mines were dropped.
async fn harmless(orders: &EventManagerClient<Order>, reports: &Reports, mines: usize) {
    settle().await;
    assert!(orders.is_alive());
    let dropped = reports.take().into_iter().filter(|report| report.message() == "panicked while it was dropped");
    assert_eq!(dropped.count(), mines);
}

#[behaviour::test(start_paused = true)]
async fn what_a_manager_refuses_to_take_is_dropped_in_peace() {
    let (orders, keeper) = orders().await;
    let reports = Reports::listen();
    let again = orders.add_handler(Keeper::handler(Some(Mine))).await;
    assert_eq!(again, Err(HandlerError::AlreadyThere));
    let other = orders.add_handler(Keeper::handler(None).id("other")).await.unwrap();
    let swapped = orders.swap_handler(&other, Keeper::handler(Some(Mine))).await;
    assert_eq!(swapped, Err(HandlerError::AlreadyThere));
    harmless(&orders, &reports, 2).await;

    orders.delete_handler(&keeper).await.unwrap();
    assert_eq!(keeper.keep(Mine).await, Err(HandlerError::NoHandler));
    keeper.send(Mine);
    harmless(&orders, &reports, 2).await;
}

#[behaviour::test(start_paused = true)]
async fn a_message_for_all_is_dropped_in_peace_by_who_does_not_take_it() {
    let (orders, _) = orders().await;
    let reports = Reports::listen();
    orders.send(Many);
    harmless(&orders, &reports, 2).await;
    assert_eq!(orders.which_handlers().await.unwrap().len(), 1);
}

#[behaviour::test(start_paused = true)]
async fn what_a_handler_leaves_is_dropped_in_peace_where_nobody_wants_it() {
    let (orders, keeper) = orders().await;
    let reports = Reports::listen();
    keeper.keep(Mine).await.unwrap();
    orders.sync_notify(Order::Go).await.unwrap();
    harmless(&orders, &reports, 1).await;

    let keeper = orders.add_handler(Keeper::handler(Some(Mine))).await.unwrap();
    let next = orders.swap_handler(&keeper, Keeper::handler(Some(Mine)).id("next")).await.unwrap();
    harmless(&orders, &reports, 1).await;
    orders.delete_handler(&next).detach();
    harmless(&orders, &reports, 1).await;
    assert_eq!(orders.which_handlers().await.unwrap(), []);
}

#[behaviour::test(start_paused = true)]
async fn a_successor_that_a_failure_prevents_is_dropped_in_peace() {
    let (orders, _) = orders().await;
    let reports = Reports::listen();
    orders.sync_notify(Order::SwapAndFail).await.unwrap();
    harmless(&orders, &reports, 1).await;
    assert_eq!(orders.which_handlers().await.unwrap(), []);

    let asks = orders.add_handler(Keeper::handler(None).id("asks at the end")).await.unwrap();
    orders.delete_handler(&asks).await.unwrap();
    harmless(&orders, &reports, 1).await;
    // Of two that want one place, one gets it.
    for id in ["a", "b"] {
        orders.add_handler(Keeper::handler(None).id(id)).await.unwrap();
    }
    orders.sync_notify(Order::SwapForOther).await.unwrap();
    harmless(&orders, &reports, 1).await;
    assert_eq!(format!("{:?}", orders.which_handlers().await.unwrap()), "[Keeper(other)]");
}

#[behaviour::test(start_paused = true)]
async fn what_was_to_be_sent_to_a_handler_that_goes_is_dropped_in_peace() {
    let (orders, keeper) = orders().await;
    let reports = Reports::listen();
    orders.sync_notify(Order::Tick).await.unwrap();
    orders.delete_handler(&keeper).await.unwrap();
    harmless(&orders, &reports, 1).await;
    tokio::time::sleep(SECOND).await;
    harmless(&orders, &reports, 1).await;
}

// Two that panic at a time would end the program.
#[behaviour::test(start_paused = true)]
async fn a_manager_that_ends_drops_its_handlers_one_by_one() {
    /// Panics when it is dropped, come what may.
    #[gen_event(u8)]
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a bomb was dropped");
        }
    }

    #[gen_event(u8)]
    impl Bomb {
        #[init]
        fn init() -> Self {
            Self
        }

        #[event]
        fn event(&mut self, _: &u8) {}
    }

    for kill in [true, false] {
        let numbers = EventManager::<u8>::start().await.unwrap();
        for id in ["1", "2", "3"] {
            numbers.add_handler(Bomb::handler().id(id)).await.unwrap();
        }
        if kill {
            numbers.kill();
            assert_eq!(numbers.ended().await, ExitReason::Killed);
        } else {
            assert_eq!(numbers.stop().await, Ok(()));
        }
    }
}
