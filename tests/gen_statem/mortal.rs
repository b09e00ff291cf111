//! A machine for tests of the end: it tells the test what becomes of it.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process::{Event, Process};
use tokio::time::sleep;

pub(crate) const MS: Duration = Duration::from_millis(1);

/// What `#[terminate]` does when it has told the test.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Last {
    Nothing,
    Sleep,
    Panic,
    Fail,
}

#[gen_statem(state)]
#[derive(Debug)]
pub(crate) enum Health {
    Well,
    Ill { days: u32 },
}

/// Tells the test of its end.
#[gen_statem(Health)]
pub(crate) struct Mortal {
    test: Process<String>,
    last: Last,
    kept: Vec<Reply<&'static str>>,
}

pub(crate) struct Inner;

impl Drop for Mortal {
    fn drop(&mut self) {
        self.test.send("dropped".into());
    }
}

#[gen_statem(Health)]
impl Mortal {
    #[init]
    fn init(cx: &mut Context<Self>, test: Process<String>, last: Last, trap: bool) -> (Self, Well) {
        cx.trap_exit(trap);
        (Self { test, last, kept: Vec::new() }, Well)
    }

    #[call]
    pub(crate) fn ask(&self, _: &Health) -> &'static str {
        "alive"
    }

    #[call]
    pub(crate) fn fall_ill(&mut self, _: Health) -> (Ill, ()) {
        (Ill { days: 1 }, ())
    }

    #[call]
    pub(crate) fn last_words(&mut self, _: &Health, cx: &mut Context<Self>, reason: ExitReason) -> &'static str {
        cx.stop(reason);
        cx.stop(ExitReason::error("the first reason stands"));
        "bye"
    }

    /// Changes the state and ends.
    #[call]
    pub(crate) fn last_move(&mut self, _: Health, cx: &mut Context<Self>, reason: ExitReason) -> (Ill, &'static str) {
        cx.next_event(Inner);
        cx.stop(reason);
        (Ill { days: 0 }, "bye")
    }

    #[call]
    pub(crate) async fn late_last_words(
        &mut self,
        health: &mut Health,
        cx: &mut Context<Self>,
        reason: ExitReason,
    ) -> &'static str {
        sleep(MS).await;
        if let Health::Ill(ill) = health {
            ill.days += 1;
        } else {
            *health = Ill { days: 3 }.into();
        }
        cx.stop(reason);
        "bye"
    }

    #[call(later)]
    pub(crate) fn keep(&mut self, _: &Health, reply: Reply<&'static str>) -> Later {
        self.kept.push(reply);
        Later
    }

    /// Answers everybody and ends.
    #[cast]
    pub(crate) fn answer_and_end(&mut self, _: &Health, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
        for (reply, word) in self.kept.drain(..).zip(["one", "two", "three"]) {
            reply.send(word);
        }
    }

    #[cast]
    pub(crate) fn end(&mut self, _: &Health, cx: &mut Context<Self>, reason: ExitReason) {
        cx.stop(reason);
    }

    /// Is put off for ever.
    #[call]
    pub(crate) fn never(&self, _: &Health, cx: &mut Context<Self>) {
        cx.postpone();
    }

    #[call]
    pub(crate) fn divide(&self, _: &Health, by: u32) -> Result<u32, &'static str> {
        6_u32.checked_div(by).ok_or("by zero")
    }

    #[cast]
    pub(crate) fn fail(&mut self, health: &mut Health) -> Result<(), std::fmt::Error> {
        *health = Ill { days: 7 }.into();
        Err(std::fmt::Error)
    }

    #[cast]
    pub(crate) fn fail_on_the_way(&mut self, _: Health) -> Result<Ill, std::fmt::Error> {
        Err(std::fmt::Error)
    }

    /// Falls ill, or fails on the way.
    #[call]
    pub(crate) fn fall_ill_or_fail(&mut self, _: Health, fail: bool) -> Result<Ill, std::fmt::Error> {
        if fail { Err(std::fmt::Error) } else { Ok(Ill { days: 4 }) }
    }

    /// As above, and has something to say.
    #[call]
    pub(crate) fn fail_with_words(&mut self, _: Health) -> (Result<Ill, std::fmt::Error>, &'static str) {
        (Err(std::fmt::Error), "it hurts")
    }

    #[call]
    pub(crate) fn panic(&mut self, health: &mut Health) -> u32 {
        *health = Ill { days: 5 }.into();
        panic!("in a call")
    }

    #[call]
    pub(crate) fn panic_on_the_way(&mut self, _: Health) -> (Ill, u32) {
        panic!("on the way")
    }

    #[call]
    pub(crate) async fn travel(&mut self, _: Health, time: Duration) -> (Ill, ()) {
        sleep(time).await;
        (Ill { days: 2 }, ())
    }

    #[internal]
    fn inner(&mut self, _: &Health, _: Inner) {
        self.test.send("an event after the end".into());
    }

    #[info]
    fn exit(&mut self, _: &Health, exit: Exit) {
        self.test.send(format!("exit: {}", exit.reason));
    }

    #[enter]
    fn enter(&mut self, health: &Health, before: &'static str) {
        if before != health_name(health) {
            self.test.send(format!("enter: {health:?}"));
        }
    }

    #[terminate]
    async fn die(&mut self, health: &Health, reason: ExitReason) -> Result<(), std::fmt::Error> {
        self.test.send(format!("terminate: {reason}, {health:?}"));
        match self.last {
            Last::Nothing => {}
            Last::Sleep => sleep(100 * MS).await,
            Last::Panic => panic!("in terminate"),
            Last::Fail => return Err(std::fmt::Error),
        }
        Ok(())
    }
}

fn health_name(health: &Health) -> &'static str {
    match health {
        Health::Well(_) => "Well",
        Health::Ill(_) => "Ill",
    }
}

pub(crate) async fn start(inbox: &Inbox<String>, last: Last) -> MortalClient {
    Mortal::start(inbox.process(), last, false).await.unwrap()
}

/// What has been told until now.
pub(crate) fn told(inbox: &mut Inbox<String>) -> Vec<String> {
    std::iter::from_fn(|| inbox.try_next())
        .filter_map(|event| if let Event::Message(line) = event { Some(line) } else { None })
        .collect()
}
