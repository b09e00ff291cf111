//! A machine for tests of timeouts: it writes down what comes, where it was then and how long after the start, and does to
//! its context what a test says.

use std::time::Duration;

use behaviour::prelude::*;
use tokio::time::{Instant, sleep};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const NOW: Duration = Duration::ZERO;

#[gen_statem(state)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    A,
    B,
}

/// Writes down what comes, where it was then and how long after the start, and does what the test says.
#[gen_statem(Lane)]
pub(crate) struct Clock {
    since: Instant,
    log: Vec<String>,
}

/// What a test does in a callback.
pub(crate) type Act = fn(&mut Context<Clock>);

pub(crate) const NOTHING: Act = |_| {};

pub(crate) struct Inner(pub(crate) &'static str);

pub(crate) struct Letter(pub(crate) &'static str);

/// Timeouts by name: their types are the names.
pub(crate) struct Tick(pub(crate) &'static str);
pub(crate) struct Tock(pub(crate) &'static str);
pub(crate) struct Gong(pub(crate) &'static str);
pub(crate) struct Chime(pub(crate) &'static str, pub(crate) Act);

#[gen_statem(Lane)]
impl Clock {
    #[init]
    fn init(cx: &mut Context<Self>, act: Act) -> (Self, A) {
        act(cx);
        (Self { since: Instant::now(), log: Vec::new() }, A)
    }

    fn note(&mut self, name: &str, lane: Lane) {
        self.log.push(format!("{name} in {lane:?} at {}", self.since.elapsed().as_millis()));
    }

    /// What was written down since the last look.
    #[call]
    pub(crate) fn log(&mut self, _: &Lane) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Does something and stays.
    #[call]
    pub(crate) fn stay(&mut self, _: &Lane, cx: &mut Context<Self>, act: Act) {
        act(cx);
    }

    /// As above, after a time.
    #[call]
    pub(crate) async fn stay_after(&mut self, _: &Lane, time: Duration, cx: &mut Context<Self>, act: Act) {
        sleep(time).await;
        act(cx);
    }

    /// Does something and goes somewhere.
    #[call]
    pub(crate) fn go(&mut self, _: Lane, to: Lane, cx: &mut Context<Self>, act: Act) -> (Lane, ()) {
        act(cx);
        (to, ())
    }

    #[cast]
    pub(crate) fn cast(&mut self, lane: &Lane, name: &'static str) {
        self.note(name, *lane);
    }

    /// Is put off in A.
    #[cast(else = postpone)]
    pub(crate) fn wait(&mut self, _: &B, name: &'static str) {
        self.note(name, B.into());
    }

    #[cast(else = ignore)]
    pub(crate) fn hint(&mut self, _: &B) {}

    #[internal]
    fn inner(&mut self, lane: &Lane, Inner(name): Inner) {
        self.note(name, *lane);
    }

    #[info]
    fn letter(&mut self, lane: &Lane, Letter(name): Letter) {
        self.note(name, *lane);
    }

    #[state_timeout]
    fn state_timeout(&mut self, lane: &Lane) {
        self.note("state timeout", *lane);
    }

    #[state_timeout]
    fn state_timeout_with(&mut self, lane: &Lane, name: &'static str) {
        self.note(name, *lane);
    }

    #[event_timeout]
    fn event_timeout(&mut self, lane: &Lane) {
        self.note("event timeout", *lane);
    }

    #[event_timeout]
    fn event_timeout_with(&mut self, lane: &Lane, name: &'static str) {
        self.note(name, *lane);
    }

    #[timeout]
    fn tick(&mut self, lane: &Lane, Tick(name): Tick) {
        self.note(name, *lane);
    }

    #[timeout]
    fn tock(&mut self, lane: &Lane, Tock(name): Tock) {
        self.note(name, *lane);
    }

    #[timeout]
    fn gong(&mut self, lane: &Lane, Gong(name): Gong) {
        self.note(name, *lane);
    }

    #[timeout]
    fn chime(&mut self, lane: &Lane, Chime(name, act): Chime, cx: &mut Context<Self>) {
        self.note(name, *lane);
        act(cx);
    }
}
