//! Managers and owners in a tree: which incarnation of a child owns a handler, a keeper that adds its handlers again after
//! a restart of the manager, and a parent that is the owner, too (otp.md 8; rows GE-01 and GE-04).

#![allow(clippy::needless_pass_by_value, reason = "what a message carries is owned")]
#![allow(clippy::unused_self, reason = "a callback has a `self`, whether it looks at it or not")]

use std::time::Duration;

use behaviour::event::HandlerId;
use behaviour::prelude::*;
use behaviour::process::{self, Event, Process};
use behaviour::testing::settle;

const SECOND: Duration = Duration::from_secs(1);

/// Tells what it hears, and why it ends.
#[gen_event(u32)]
struct Log {
    called: &'static str,
    test: Process<String>,
}

#[gen_event(u32)]
impl Log {
    #[init]
    fn init(called: &'static str, test: Process<String>) -> Self {
        Self { called, test }
    }

    #[event]
    fn event(&mut self, number: &u32) {
        self.test.send(format!("{} heard {number}", self.called));
    }

    #[terminate]
    fn close(&mut self, why: Removed) {
        self.test.send(format!("{}: {why}", self.called));
    }
}

type Numbers = EventManager<u32>;

/// What handlers said since the last look.
fn said(inbox: &mut Inbox<String>) -> Vec<String> {
    let next = || match inbox.try_next()? {
        Event::Message(text) => Some(text),
        other => panic!("{other:?}"),
    };
    std::iter::from_fn(next).collect()
}

/// Owns a handler that it added itself, or others in its name.
#[gen_server]
struct Keeper;

#[gen_server]
impl Keeper {
    #[init]
    async fn init(
        cx: &mut Context<Self>,
        numbers: Option<EventManagerClient<u32>>,
        test: Process<String>,
    ) -> Result<Self, HandlerError> {
        tokio::time::sleep(SECOND).await;
        if let Some(numbers) = numbers {
            numbers.add_sup_handler(Log::handler("kept", test), cx.client()).await?;
        }
        Ok(Self)
    }

    #[info]
    fn gone(&mut self, cx: &mut Context<Self>, _: HandlerExit) {
        cx.stop(ExitReason::Shutdown);
    }
}

#[supervisor(one_for_one)]
struct House {
    test: Process<String>,
}

#[supervisor]
impl House {
    #[child]
    fn keeper(&self) -> Child<Keeper> {
        Keeper::child(None, self.test.clone())
    }
}

// GE-04: a client of a child leads to the next incarnation, which inherits no handlers.
#[behaviour::test(start_paused = true)]
async fn an_owner_is_one_incarnation_of_a_child(mut inbox: Inbox<String>) {
    let (test, numbers) = (inbox.process(), Numbers::start().await.unwrap());
    let house = House { test: test.clone() }.start().await.unwrap();
    numbers.add_sup_handler(Log::handler("a", test.clone()), house.keeper()).await.unwrap();
    let status = numbers.sys().get_status().await.unwrap();
    assert_eq!(status.handlers[0].owner, Some(house.keeper().pid()));
    // The next incarnation is there before the manager hears of the end.
    numbers.sys().suspend().await.unwrap();
    house.keeper().kill();
    tokio::time::sleep(2 * SECOND).await;
    assert!(house.keeper().is_alive());
    numbers.sys().resume().await.unwrap();
    assert_eq!(numbers.which_handlers().await.unwrap(), []);
    assert_eq!(said(&mut inbox), ["a: its owner ended: killed"]);
    // Nobody is there to own it.
    house.keeper().kill();
    settle().await;
    numbers.add_sup_handler(Log::handler("b", test), house.keeper()).await.unwrap();
    settle().await;
    assert_eq!(numbers.which_handlers().await.unwrap(), []);
    assert_eq!(said(&mut inbox), [format!("b: its owner ended: {}", ExitReason::NoProcess)]);
}

/// A manager, and after it who keeps its handler.
#[supervisor(rest_for_one)]
struct Station {
    test: Process<String>,
}

#[supervisor]
impl Station {
    #[child]
    fn numbers(&self) -> Child<Numbers> {
        Numbers::child()
    }

    #[child]
    fn keeper(&self, station: &StationClient) -> Child<Keeper> {
        Keeper::child(Some(station.numbers()), self.test.clone())
    }
}

#[behaviour::test(start_paused = true)]
async fn a_keeper_that_is_started_after_its_manager_adds_the_handler_again(mut inbox: Inbox<String>) {
    let station = Station { test: inbox.process() }.start().await.unwrap();
    let numbers = station.numbers();
    for round in 0..3 {
        numbers.sync_notify(round).await.unwrap();
        assert_eq!(said(&mut inbox), [format!("kept heard {round}")]);
        if round == 1 {
            numbers.stop().await.unwrap();
            assert_eq!(said(&mut inbox), ["kept: the manager ended: normal"]);
        } else {
            numbers.kill();
        }
        // Each is one restart in a window of five seconds.
        tokio::time::sleep(7 * SECOND).await;
        assert_eq!(numbers.which_handlers().await.unwrap(), [HandlerId::of::<Log>()]);
    }
}

// GE-01, GE-04
#[behaviour::test(start_paused = true)]
async fn a_parent_that_owns_a_handler_ends_the_manager_and_not_the_handler_alone(mut inbox: Inbox<String>) {
    for reason in [ExitReason::Normal, ExitReason::Shutdown] {
        let (test, why) = (inbox.process(), reason.clone());
        let (told, numbers) = tokio::sync::oneshot::channel();
        let parent = process::spawn(|inbox: Inbox<HandlerExit>| async move {
            let numbers = Numbers::start_link().await.unwrap();
            numbers.add_sup_handler(Log::handler("a", test), inbox.process()).await.unwrap();
            told.send(numbers).ok();
            settle().await;
            if why != ExitReason::Normal {
                process::exit(inbox.pid(), why);
                std::future::pending::<()>().await;
            }
        });
        assert_eq!(numbers.await.unwrap().ended().await, reason);
        assert_eq!(parent.ended().await, reason);
        assert_eq!(said(&mut inbox), [format!("a: the manager ended: {reason}")]);
    }
}
