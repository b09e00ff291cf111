//! Handlers that a process owns: its end removes them, and it hears when they go otherwise; and swaps, which hand over a
//! typed state and keep the owner (otp.md 8; rows GE-04 and GE-06 to GE-10).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use behaviour::event::HandlerId;
use behaviour::prelude::*;
use behaviour::process::{self, Event, Process};
use behaviour::testing::{Reports, settle};

#[path = "gen_event/scribe.rs"]
mod scribe;

use scribe::{Heard, Order, Refused, Scribe, Silent};

type Orders = EventManager<Order>;

fn id(of: &str) -> HandlerId {
    HandlerId::of::<Scribe>().with(of)
}

/// What the test has heard so far, but for what its handlers were told.
fn heard(inbox: &mut Inbox<Heard>) -> Vec<Heard> {
    let events = std::iter::from_fn(|| inbox.try_next()).map(|event| match event {
        Event::Message(heard) => heard,
        other => panic!("{other:?}"),
    });
    events.filter(|heard| !matches!(heard, Heard::Told(..))).collect()
}

/// A process that owns what it adds, and does what it is told.
enum Do {
    Add(EventManagerClient<Order>, &'static str),
    Exit(EventManagerClient<Order>, ExitReason),
    End,
    Gone(HandlerExit),
}

impl From<HandlerExit> for Do {
    fn from(exit: HandlerExit) -> Self {
        Self::Gone(exit)
    }
}

fn owner(test: Process<Heard>) -> Process<Do> {
    process::spawn(|mut inbox: Inbox<Do>| async move {
        loop {
            match inbox.recv().await {
                Do::Add(orders, called) => {
                    let handler = Scribe::handler(test.clone(), called).id(called);
                    orders.add_sup_handler(handler, inbox.process()).await.unwrap();
                }
                Do::Exit(orders, reason) => process::exit(orders.pid(), reason),
                Do::Gone(exit) => test.send(exit.into()),
                Do::End => return Err(Refused),
            }
        }
    })
}

// GE-04
#[behaviour::test]
async fn a_handler_that_refuses_leaves_no_link_to_its_owner(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let refused = orders.add_sup_handler(Scribe::handler(me.clone(), "refused"), me).await.unwrap_err();
    assert!(refused.downcast_ref::<Refused>().is_some(), "{refused}");
    assert_eq!(process::links(), []);
    assert_eq!(heard(&mut inbox), [], "who adds it knows already");
}

// GE-04
#[behaviour::test]
async fn the_end_of_its_owner_removes_a_handler_and_the_manager_lives_on(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let keeper = owner(me.clone());
    keeper.send(Do::Add(orders.clone(), "a"));
    keeper.send(Do::Add(orders.clone(), "b"));
    for called in ["a", "b"] {
        assert_eq!(inbox.recv().await, Heard::Began(called, None));
    }
    let kept = orders.add_handler(Scribe::handler(me.clone(), "kept")).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap().len(), 3);
    keeper.send(Do::End);
    assert!(keeper.ended().await.is_abnormal());
    let ExitReason::Error(cause) = keeper.ended().await else { panic!() };
    let ended = |called| Heard::Ended(called, Removed::OwnerEnded(ExitReason::error(cause.to_string())));
    assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Scribe>()]);
    assert_eq!(heard(&mut inbox)[1..], [ended("b"), ended("a")]);
    assert_eq!(kept.name().await, Ok("kept"));
    orders.add_handler(Scribe::handler(me, "a").id("a")).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap().len(), 2, "others can be added");
}

// GE-04
#[behaviour::test]
async fn an_exit_signal_of_its_owner_removes_a_handler_too(mut inbox: Inbox<Heard>) {
    let orders = Orders::start().await.unwrap();
    let keeper = owner(inbox.process());
    keeper.send(Do::Add(orders.clone(), "a"));
    assert_eq!(inbox.recv().await, Heard::Began("a", None));
    keeper.send(Do::Exit(orders.clone(), ExitReason::Shutdown));
    let why = Removed::OwnerEnded(ExitReason::Shutdown);
    assert_eq!(inbox.recv().await, Heard::Ended("a", why.clone()));
    assert_eq!(inbox.recv().await, Heard::Gone(id("a"), why), "it lives, so it hears of it");
    assert!(orders.is_alive() && keeper.is_alive());
    keeper.send(Do::Add(orders.clone(), "b"));
    assert_eq!(inbox.recv().await, Heard::Began("b", None));
    orders.stop().reason(ExitReason::error("boom")).await.unwrap();
    keeper.send(Do::End);
    let ExitReason::Error(end) = keeper.ended().await else { panic!("it was taken along") };
    assert_eq!(end.to_string(), "refused", "no link was left");
}

// GE-04
#[behaviour::test(start_paused = true)]
async fn a_handler_whose_owner_has_ended_before_goes_at_once(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let keeper = owner(me.clone());
    keeper.send(Do::End);
    keeper.ended().await;
    orders.add_sup_handler(Scribe::handler(me, "a"), keeper).await.unwrap();
    settle().await;
    let ended = Heard::Ended("a", Removed::OwnerEnded(ExitReason::NoProcess));
    assert_eq!(heard(&mut inbox), [Heard::Began("a", None), ended]);
    assert_eq!(orders.which_handlers().await.unwrap(), []);
}

// GE-04
#[behaviour::test]
async fn a_manager_that_stops_tells_the_owner_of_each_handler_and_does_not_take_it_along(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    for called in ["1", "2"] {
        orders.add_sup_handler(Scribe::handler(me.clone(), called).id(called), me.clone()).await.unwrap();
    }
    assert_eq!(process::links(), [orders.pid()]);
    heard(&mut inbox);
    orders.stop().reason(ExitReason::error("boom")).await.unwrap();
    let stopped = Removed::Stopped(ExitReason::error("boom"));
    let told = |called| [Heard::Ended(called, stopped.clone()), Heard::Gone(id(called), stopped.clone())];
    assert_eq!(heard(&mut inbox), [told("2"), told("1")].concat());
}

#[behaviour::test]
async fn an_owner_is_linked_as_long_as_it_owns_a_handler(inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let a = orders.add_sup_handler(Scribe::handler(me.clone(), "a").id("a"), me.clone()).await.unwrap();
    let b = orders.add_sup_handler(Scribe::handler(me.clone(), "b").id("b"), me).await.unwrap();
    orders.delete_handler(&a).await.unwrap();
    assert_eq!(process::links(), [orders.pid()]);
    orders.delete_handler(&b).await.unwrap();
    assert_eq!(process::links(), []);
}

#[behaviour::test]
async fn the_link_to_the_parent_outlives_the_handlers_that_it_owns(mut inbox: Inbox<Heard>) {
    process::trap_exit(true);
    let me = inbox.process();
    let orders = Orders::start_link().await.unwrap();
    let a = orders.add_sup_handler(Scribe::handler(me.clone(), "a"), me).await.unwrap();
    orders.delete_handler(&a).await.unwrap();
    assert_eq!(process::links(), [orders.pid()]);
    orders.stop().await.unwrap();
    assert_eq!(inbox.exit().await.reason, ExitReason::Normal);
}

// GE-08, GE-10
#[behaviour::test]
async fn an_owner_hears_why_its_handler_is_gone(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let plain = HandlerId::of::<Scribe>();
    for order in [Order::Go, Order::Fail, Order::Panic] {
        for way in ["an event", "a call", "a message to it", "a message to all"] {
            let handler = orders.add_sup_handler(Scribe::handler(me.clone(), "a"), me.clone()).await.unwrap();
            match way {
                "an event" => orders.notify(order.clone()),
                "a call" => drop(handler.order(order.clone()).await),
                "a message to it" => handler.send(order.clone()),
                _ => orders.send(order.clone()),
            }
            assert_eq!(orders.which_handlers().await.unwrap(), [], "{way}");
            let heard = heard(&mut inbox);
            let [_, Heard::Ended("a", ended), Heard::Gone(gone, why)] = &heard[..] else { panic!("{heard:?}") };
            assert_eq!((ended, gone), (why, &plain));
            assert_eq!(matches!(why, Removed::Failed(_)), order != Order::Go, "{why}");
            assert_eq!(process::links(), []);
        }
    }
    let handler = orders.add_sup_handler(Scribe::handler(me.clone(), "a"), me).await.unwrap();
    orders.delete_handler(&handler).await.unwrap();
    assert_eq!(heard(&mut inbox).last(), Some(&Heard::Gone(plain, Removed::Deleted)));
}

// GE-06
#[behaviour::test]
async fn a_swap_of_a_handler_that_is_not_there_begins_with_nothing(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let nobody = orders.handler::<Scribe>();
    let refused = orders.swap_handler(&nobody, Scribe::successor(me.clone(), "refused")).await.unwrap_err();
    assert!(refused.downcast_ref::<Refused>().is_some(), "{refused}");
    assert_eq!(orders.which_handlers().await.unwrap(), []);
    let first = orders.swap_handler(&nobody, Scribe::successor(me, "first").id("1")).await.unwrap();
    assert_eq!(first.name().await, Ok("first"));
    assert_eq!(heard(&mut inbox), [Heard::Began("first", None)]);
}

// GE-06
#[behaviour::test]
async fn a_swap_hands_over_what_the_old_one_leaves_and_puts_the_new_one_first(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let old = orders.add_handler(Scribe::handler(me.clone(), "old").id("old")).await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    let new = orders.swap_handler(&old, Scribe::successor(me.clone(), "new").id("new")).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap(), [id("new"), HandlerId::of::<Silent>()]);
    let swapped = Heard::Ended("old", Removed::Swapped(id("new")));
    assert_eq!(heard(&mut inbox)[1..], [swapped, Heard::Began("new", Some("left by old".into()))]);
    // A new one of the same name, and one that has no use for what is left.
    let again = orders.swap_handler(&new, Scribe::successor(me, "again").id("new")).await.unwrap();
    assert_eq!((again.name().await, &again), (Ok("again"), &new));
    orders.delete_handler(&orders.handler::<Silent>()).await.unwrap();
    orders.swap_handler(&again, Silent::handler()).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Silent>()]);
}

#[behaviour::test]
async fn a_swap_for_one_that_is_there_already_changes_nothing(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let a = orders.add_handler(Scribe::handler(me.clone(), "a").id("a")).await.unwrap();
    orders.add_handler(Scribe::handler(me.clone(), "b").id("b")).await.unwrap();
    heard(&mut inbox);
    let swapped = orders.swap_handler(&a, Scribe::successor(me, "c").id("b")).await;
    assert_eq!(swapped, Err(HandlerError::AlreadyThere));
    assert_eq!(a.name().await, Ok("a"));
    assert_eq!(heard(&mut inbox), []);
}

#[behaviour::test]
async fn where_the_old_one_cannot_end_nothing_is_left_to_the_new_one(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let old = orders.add_handler(Scribe::handler(me.clone(), "stubborn")).await.unwrap();
    orders.swap_handler(&old, Scribe::successor(me, "new")).await.unwrap();
    assert_eq!(heard(&mut inbox).last(), Some(&Heard::Began("new", None)));
}

// GE-07
#[behaviour::test]
async fn a_swap_keeps_the_owner(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let old = orders.add_sup_handler(Scribe::handler(me.clone(), "old").id("old"), me.clone()).await.unwrap();
    let new = orders.swap_handler(&old, Scribe::successor(me.clone(), "new").id("new")).await.unwrap();
    assert_eq!(heard(&mut inbox)[2], Heard::Gone(id("old"), Removed::Swapped(id("new"))));
    assert_eq!(process::links(), [orders.pid()]);
    orders.delete_handler(&new).await.unwrap();
    assert_eq!(heard(&mut inbox).last(), Some(&Heard::Gone(id("new"), Removed::Deleted)));

    // The same where a handler swaps itself, here as it gets a message.
    let old = orders.add_sup_handler(Scribe::handler(me.clone(), "old").id("old"), me).await.unwrap();
    old.send(Order::Swap);
    orders.sync_notify(Order::Panic).await.unwrap();
    let heard = heard(&mut inbox);
    assert_eq!(heard[2], Heard::Gone(id("old"), Removed::Swapped(id("next"))));
    assert!(matches!(heard.last(), Some(Heard::Gone(gone, Removed::Failed(_))) if *gone == id("next")), "{heard:?}");
    assert_eq!(old.name().await, Err(HandlerError::NoHandler));
}

// GE-07
#[behaviour::test]
async fn a_swap_with_an_owner_makes_it_the_owner(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let keeper = owner(me.clone());
    keeper.send(Do::Add(orders.clone(), "old"));
    assert_eq!(inbox.recv().await, Heard::Began("old", None));
    let old = orders.handler_with_id::<Scribe>("old");
    let new = Scribe::successor(me.clone(), "new").id("new");
    let new = orders.swap_sup_handler(&old, new, me).await.unwrap();
    let gone = inbox.receive(|heard| matches!(heard, Heard::Gone(..))).await;
    assert_eq!(gone, Heard::Gone(id("old"), Removed::Swapped(id("new"))), "the old owner hears of it");
    keeper.send(Do::End);
    keeper.ended().await;
    assert_eq!(new.name().await, Ok("new"), "it is the old owner's no more");
    orders.delete_handler(&new).await.unwrap();
    assert_eq!(heard(&mut inbox).last(), Some(&Heard::Gone(id("new"), Removed::Deleted)));
}

#[behaviour::test]
async fn an_owner_hears_when_the_one_that_was_to_take_over_refuses(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let old = orders.add_sup_handler(Scribe::handler(me.clone(), "old"), me.clone()).await.unwrap();
    orders.swap_handler(&old, Scribe::successor(me, "refused").id("new")).await.unwrap_err();
    let heard = heard(&mut inbox);
    assert!(matches!(&heard[3], Heard::Gone(gone, Removed::Failed(_)) if *gone == id("new")), "{heard:?}");
    assert_eq!(orders.which_handlers().await.unwrap(), []);
    assert_eq!(process::links(), []);
}

#[behaviour::test(start_paused = true)]
async fn an_owner_that_another_took_a_handler_from_hears_nothing_of_the_new_one(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let keeper = owner(me.clone());
    keeper.send(Do::Add(orders.clone(), "old"));
    assert_eq!(inbox.recv().await, Heard::Began("old", None));
    let old = orders.handler_with_id::<Scribe>("old");
    let refuses = Scribe::successor(me.clone(), "refused").id("new");
    orders.swap_sup_handler(&old, refuses, me).await.unwrap_err();
    settle().await;
    let swapped = Removed::Swapped(id("new"));
    assert_eq!(heard(&mut inbox), [Heard::Ended("old", swapped.clone()), Heard::Gone(id("old"), swapped)]);
}

#[behaviour::test]
async fn a_server_owns_a_handler_by_its_client(mut inbox: Inbox<Heard>) {
    /// Adds its handler again when that is gone.
    #[gen_server]
    struct Keeper {
        orders: EventManagerClient<Order>,
        test: Process<Heard>,
    }

    #[gen_server]
    impl Keeper {
        #[init]
        async fn init(
            cx: &mut Context<Self>,
            orders: EventManagerClient<Order>,
            test: Process<Heard>,
        ) -> Result<Self, HandlerError> {
            orders.add_sup_handler(Scribe::handler(test.clone(), "kept"), cx.client()).await?;
            Ok(Self { orders, test })
        }

        #[info]
        async fn gone(&mut self, cx: &mut Context<Self>, _: HandlerExit) -> Result<(), HandlerError> {
            self.orders.add_sup_handler(Scribe::handler(self.test.clone(), "kept"), cx.client()).await?;
            Ok(())
        }
    }

    let orders = Orders::start().await.unwrap();
    let keeper = Keeper::start(orders.clone(), inbox.process()).await.unwrap();
    assert_eq!(inbox.recv().await, Heard::Began("kept", None));
    orders.notify(Order::Panic);
    assert_eq!(inbox.receive(|heard| matches!(heard, Heard::Began(..))).await, Heard::Began("kept", None));
    keeper.stop().await.unwrap();
    let ended = Heard::Ended("kept", Removed::OwnerEnded(ExitReason::Normal));
    assert_eq!(inbox.receive(|heard| matches!(heard, Heard::Ended(_, Removed::OwnerEnded(_)))).await, ended);
}

#[behaviour::test]
async fn an_owner_whose_message_cannot_be_made_is_not_told_and_all_live_on(inbox: Inbox<Heard>) {
    /// Cannot be made.
    struct Deaf;

    impl From<HandlerExit> for Deaf {
        fn from(_: HandlerExit) -> Self {
            panic!("hears nothing")
        }
    }

    let orders = Orders::start().await.unwrap();
    let deaf = process::spawn(|_: Inbox<Deaf>| std::future::pending::<()>());
    let handler = orders.add_sup_handler(Scribe::handler(inbox.process(), "a"), deaf.clone()).await.unwrap();
    let reports = Reports::listen();
    assert_eq!(orders.delete_handler(&handler).await.as_deref(), Ok("left by a"));
    let report = reports.complaint();
    assert_eq!((report.topic(), report.message()), ("event", "an owner could not be told"));
    assert_eq!(report.field("reason"), "panicked: hears nothing");
    assert!(orders.is_alive() && deaf.is_alive());
}
