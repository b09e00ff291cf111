//! Event managers and their handlers: starts, adding and deleting, the order of events, calls, and handlers that fail
//! (otp.md 8; rows GE-01, GE-03, GE-08 to GE-10 and GE-25).

#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]
#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]

use std::time::Duration;

use behaviour::event::HandlerId;
use behaviour::prelude::*;
use behaviour::process::{self, Event};

#[path = "gen_event/scribe.rs"]
mod scribe;

use scribe::{Heard, Order, Refused, Scribe, ScribeClient, Silent};

type Orders = EventManager<Order>;

/// What the test has heard so far.
fn heard(inbox: &mut Inbox<Heard>) -> Vec<Heard> {
    std::iter::from_fn(|| inbox.try_next())
        .map(|event| match event {
            Event::Message(heard) => heard,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn id(of: &str) -> HandlerId {
    HandlerId::of::<Scribe>().with(of)
}

fn panicked(reason: &ExitReason) -> &str {
    let ExitReason::Panic(panic) = reason else { panic!("{reason}") };
    panic.message()
}

// GE-01
#[behaviour::test]
async fn a_manager_starts_without_handlers_under_each_kind_of_start(mut inbox: Inbox<Heard>) {
    process::trap_exit(true);
    let anonymous = Orders::start().await.unwrap();
    assert_eq!(anonymous.which_handlers().await, Ok(vec![]));
    assert_eq!(anonymous.stop().await, Ok(()));
    assert_eq!(anonymous.which_handlers().await, Err(CallError::NoProcess));

    let named = Orders::start().named("orders of GE-01").await.unwrap();
    assert_eq!(Orders::find("orders of GE-01"), Some(named.clone()));
    assert_eq!(EventManager::<u8>::find("orders of GE-01"), None, "those are other events");
    for start in [Orders::start(), Orders::start_link()] {
        let taken = start.named("orders of GE-01").await.unwrap_err();
        assert_eq!(taken, StartError::AlreadyStarted(named.pid()));
    }
    assert_eq!(named.stop().reason(ExitReason::Shutdown).await, Ok(()));

    let linked = Orders::start_link().await.unwrap();
    linked.stop().reason(ExitReason::Shutdown).await.unwrap();
    let exit = inbox.next().await;
    assert!(matches!(&exit, Event::Exit(exit) if exit.pid == linked.pid() && exit.reason == ExitReason::Shutdown));

    let (watched, monitor) = Orders::start().monitor().await.unwrap();
    watched.stop().await.unwrap();
    let down = inbox.next().await;
    assert!(
        matches!(&down, Event::Down(down) if down.monitor == monitor.reference() && down.reason == ExitReason::Normal)
    );
}

// GE-01
#[behaviour::test]
async fn the_exit_of_its_parent_ends_a_manager_and_its_handlers(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let parent = process::spawn(move |mut inbox: Inbox<()>| async move {
        let orders = Orders::start_link().await.unwrap();
        orders.add_handler(Scribe::handler(me, "a")).await.unwrap();
        inbox.recv().await;
        process::exit(process::current().unwrap(), ExitReason::Shutdown);
        std::future::pending::<()>().await;
    });
    assert_eq!(inbox.recv().await, Heard::Began("a", None));
    parent.send(());
    assert_eq!(inbox.recv().await, Heard::Ended("a", Removed::Stopped(ExitReason::Shutdown)));
}

// GE-03
#[behaviour::test]
async fn handlers_are_listed_newest_first_and_one_that_refuses_is_not_added(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let refused = orders.add_handler(Scribe::handler(me.clone(), "refused")).await.unwrap_err();
    assert!(refused.downcast_ref::<Refused>().is_some(), "{refused}");
    let broken = orders.add_handler(Scribe::handler(me.clone(), "broken")).await.unwrap_err();
    let HandlerError::Refused(reason) = &broken else { panic!("{broken}") };
    assert_eq!(panicked(reason), "cannot begin");
    assert_eq!(orders.which_handlers().await.unwrap(), []);

    let first = orders.add_handler(Scribe::handler(me.clone(), "first")).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Scribe>()]);
    let second = orders.add_handler(Scribe::handler(me.clone(), "second").id("2")).await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    let all = [HandlerId::of::<Silent>(), id("2"), HandlerId::of::<Scribe>()];
    assert_eq!(orders.which_handlers().await.unwrap(), all);
    assert_eq!((first.name().await, second.name().await), (Ok("first"), Ok("second")));
    assert_eq!(heard(&mut inbox), [Heard::Began("first", None), Heard::Began("second", None)]);
}

#[behaviour::test]
async fn a_handler_of_the_same_type_and_id_is_refused_and_changes_nothing(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let first = orders.add_handler(Scribe::handler(me.clone(), "first")).await.unwrap();
    let again = orders.add_handler(Scribe::handler(me, "again")).await;
    assert_eq!(again, Err(HandlerError::AlreadyThere));
    assert_eq!(first.name().await, Ok("first"));
    assert_eq!(heard(&mut inbox), [Heard::Began("first", None)]);
}

#[behaviour::test]
async fn deleting_a_handler_gives_what_its_terminate_returns(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let a = orders.add_handler(Scribe::handler(me.clone(), "a").id("a")).await.unwrap();
    let b = orders.add_handler(Scribe::handler(me, "b").id("b")).await.unwrap();
    assert_eq!(orders.delete_handler(&a).await.unwrap(), "left by a");
    assert_eq!(orders.delete_handler(&a).await, Err(HandlerError::NoHandler));
    assert_eq!(orders.which_handlers().await.unwrap(), [id("b")]);
    assert_eq!((a.name().await, b.name().await), (Err(HandlerError::NoHandler), Ok("b")));
    assert_eq!(heard(&mut inbox)[2..], [Heard::Ended("a", Removed::Deleted)]);
}

// GE-25
#[behaviour::test]
async fn a_panic_in_terminate_is_told_to_whoever_deletes_and_the_handler_is_gone(inbox: Inbox<Heard>) {
    let orders = Orders::start().await.unwrap();
    let stubborn = orders.add_handler(Scribe::handler(inbox.process(), "stubborn")).await.unwrap();
    let failed = orders.delete_handler(&stubborn).await.unwrap_err();
    let HandlerError::Failed(reason) = &failed else { panic!("{failed}") };
    assert_eq!(panicked(reason), "cannot end");
    assert_eq!(orders.which_handlers().await.unwrap(), []);
}

// GE-08
#[behaviour::test]
async fn an_event_is_shown_to_all_newest_first_and_in_the_order_of_its_sender(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    for called in ["old", "new"] {
        orders.add_handler(Scribe::handler(me.clone(), called).id(called)).await.unwrap();
    }
    heard(&mut inbox);
    orders.notify(Order::Hear(1));
    orders.notify(Order::Hear(2));
    assert_eq!(orders.which_handlers().await.unwrap().len(), 2);
    let told = |called, number| Heard::Told(called, Order::Hear(number));
    assert_eq!(heard(&mut inbox), [told("new", 1), told("old", 1), told("new", 2), told("old", 2)]);
}

// GE-09
#[behaviour::test]
async fn a_sync_notify_returns_when_all_have_handled_the_event(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Scribe::handler(me.clone(), "b").id("b")).await.unwrap();
    orders.add_handler(Scribe::handler(me.clone(), "a").id("a")).await.unwrap();
    for order in [Order::Hear(1), Order::Swap, Order::Go] {
        heard(&mut inbox);
        orders.sync_notify(order.clone()).await.unwrap();
        let told: Vec<_> = heard(&mut inbox).into_iter().filter(|heard| matches!(heard, Heard::Told(..))).collect();
        assert_eq!(told.len(), if order == Order::Go { 1 } else { 2 }, "{told:?}");
    }
    assert_eq!(orders.which_handlers().await.unwrap(), []);
    assert_eq!(orders.sync_notify(Order::Hear(2)).await, Ok(()), "nobody is there to hear it");
}

// GE-08, GE-09
#[behaviour::test]
async fn a_handler_that_removes_itself_ends_and_the_others_stay(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    orders.add_handler(Scribe::handler(me, "a").id("a")).await.unwrap();
    orders.sync_notify(Order::Go).await.unwrap();
    let ended = [Heard::Told("a", Order::Go), Heard::Ended("a", Removed::Itself)];
    assert_eq!(heard(&mut inbox)[1..], ended);
    assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Silent>()]);
}

// GE-08, GE-09, GE-20, GE-21: the parts of them that types do not exclude
#[behaviour::test]
async fn a_handler_that_fails_is_removed_and_can_be_added_again(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    for order in [Order::Fail, Order::Panic] {
        orders.add_handler(Scribe::handler(me.clone(), "a")).await.unwrap();
        orders.sync_notify(order.clone()).await.unwrap();
        let heard = heard(&mut inbox);
        let [_, Heard::Told(..), Heard::Ended("a", Removed::Failed(reason))] = &heard[..] else { panic!("{heard:?}") };
        match order {
            Order::Fail => assert!(reason.downcast_ref::<Refused>().is_some()),
            _ => assert_eq!(panicked(reason), "told to"),
        }
        assert_eq!(orders.which_handlers().await.unwrap(), [HandlerId::of::<Silent>()]);
    }
    assert!(orders.is_alive());
}

// GE-10
#[behaviour::test]
async fn a_call_reaches_one_handler_and_says_what_is_wrong(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    let nobody: ScribeClient = orders.handler::<Scribe>();
    assert_eq!(nobody.name().await, Err(HandlerError::NoHandler));
    let plain = orders.add_handler(Scribe::handler(me.clone(), "plain")).await.unwrap();
    assert_eq!(plain, nobody, "they name the same");
    let other = orders.add_handler(Scribe::handler(me.clone(), "other").id("other")).await.unwrap();
    assert_eq!(orders.handler_with_id::<Scribe>("other"), other);
    assert_eq!((plain.name().await, other.name().await), (Ok("plain"), Ok("other")));

    assert_eq!(other.order(Order::Go).await, Ok("done"), "the reply comes all the same");
    assert_eq!(other.order(Order::Go).await, Err(HandlerError::NoHandler));

    let failed = plain.order(Order::Panic).await.unwrap_err();
    let HandlerError::Failed(reason) = &failed else { panic!("{failed}") };
    assert_eq!(panicked(reason), "told to");
    assert_eq!(plain.name().await, Err(HandlerError::NoHandler));

    orders.stop().await.unwrap();
    assert_eq!(plain.name().await, Err(HandlerError::Manager(CallError::NoProcess)));
    let ends: Vec<_> = heard(&mut inbox).into_iter().filter(|heard| matches!(heard, Heard::Ended(..))).collect();
    assert_eq!(ends, [Heard::Ended("other", Removed::Itself), Heard::Ended("plain", Removed::Failed(reason.clone()))]);
}

// GE-10
#[behaviour::test]
async fn a_handler_may_swap_itself_in_a_call_and_replies(mut inbox: Inbox<Heard>) {
    let orders = Orders::start().await.unwrap();
    let first = orders.add_handler(Scribe::handler(inbox.process(), "first").id("1")).await.unwrap();
    assert_eq!(first.order(Order::Swap).await, Ok("done"));
    assert_eq!(orders.which_handlers().await.unwrap(), [id("next")]);
    assert_eq!(orders.handler_with_id::<Scribe>("next").name().await, Ok("next"));
    let swapped = Heard::Ended("first", Removed::Swapped(id("next")));
    assert_eq!(heard(&mut inbox)[1..], [swapped, Heard::Began("next", Some("left by first".into()))]);
}

#[behaviour::test]
async fn a_handler_that_swaps_itself_in_an_event_gives_up_its_place_and_the_new_one_is_not_shown_the_event(
    mut inbox: Inbox<Heard>,
) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Silent::handler()).await.unwrap();
    orders.add_handler(Scribe::handler(me.clone(), "a").id("a")).await.unwrap();
    orders.add_handler(Scribe::handler(me, "b").id("b")).await.unwrap();
    let b = orders.handler_with_id::<Scribe>("b");
    assert_eq!(b.order(Order::Hear(0)).await, Ok("done"), "nothing is asked for");
    heard(&mut inbox);
    orders.handler_with_id::<Scribe>("a").order(Order::Swap).await.unwrap();
    assert_eq!(orders.which_handlers().await.unwrap(), [id("b"), id("next"), HandlerId::of::<Silent>()]);
    heard(&mut inbox);
    orders.delete_handler(&b).await.unwrap();
    orders.sync_notify(Order::Swap).await.unwrap();
    let swapped = Heard::Ended("next", Removed::Swapped(id("next")));
    let began = Heard::Began("next", Some("left by next".into()));
    assert_eq!(heard(&mut inbox)[1..], [Heard::Told("next", Order::Swap), swapped, began]);
    assert_eq!(orders.which_handlers().await.unwrap(), [id("next"), HandlerId::of::<Silent>()]);
}

#[behaviour::test]
async fn a_stop_ends_all_handlers_newest_first_with_the_reason(mut inbox: Inbox<Heard>) {
    let me = inbox.process();
    let orders = Orders::start().await.unwrap();
    for called in ["old", "stubborn", "new"] {
        orders.add_handler(Scribe::handler(me.clone(), called).id(called)).await.unwrap();
    }
    heard(&mut inbox);
    orders.notify(Order::Hear(1));
    orders.stop().await.unwrap();
    let stopped = ["new", "stubborn", "old"].map(|called| Heard::Ended(called, Removed::Stopped(ExitReason::Normal)));
    assert_eq!(heard(&mut inbox)[3..], stopped, "what was sent before is handled first");
}

#[behaviour::test]
async fn a_kill_ends_a_manager_without_a_word_to_its_handlers(mut inbox: Inbox<Heard>) {
    let orders = Orders::start().await.unwrap();
    orders.add_handler(Scribe::handler(inbox.process(), "a")).await.unwrap();
    orders.kill();
    assert_eq!(orders.ended().await, ExitReason::Killed);
    assert_eq!(heard(&mut inbox), [Heard::Began("a", None)]);
}

#[behaviour::test]
async fn a_handler_cannot_wait_for_its_own_manager() {
    /// Asks where it must not.
    #[gen_event(u8)]
    struct Asker;

    #[gen_event(u8)]
    impl Asker {
        #[init]
        fn init() -> Self {
            Self
        }

        #[event]
        fn event(&mut self, _: &u8) {}

        #[call]
        async fn ask(&self, cx: &mut HandlerContext<Self>) -> Result<(), CallError> {
            cx.manager().sync_notify(1).await
        }
    }

    let numbers = EventManager::<u8>::start().await.unwrap();
    let asker = numbers.add_handler(Asker::handler()).await.unwrap();
    assert_eq!(asker.ask().await, Ok(Err(CallError::CallingSelf)));
    let patient = asker.ask().within(Duration::from_secs(1)).await;
    assert_eq!(patient, Ok(Err(CallError::CallingSelf)), "and lives on");
}
