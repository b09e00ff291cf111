//! A machine for tests of the order of events: it writes down what comes and where it was then, and does to its context
//! what a test says.

use std::time::Duration;

use behaviour::prelude::*;
use behaviour::process;

pub(crate) const NOW: Duration = Duration::ZERO;

/// Where the recorder is.
#[gen_statem(state)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lane {
    A,
    B,
    C,
}

/// Writes down what comes and where it was then, and does to its context what the test says.
#[gen_statem(Lane)]
pub(crate) struct Recorder {
    log: Vec<String>,
}

/// What a test does in a callback.
pub(crate) type Act = fn(&mut Context<Recorder>);

/// An event that is put in: its name, where it leads, and what it does.
pub(crate) struct Inner(pub(crate) &'static str, pub(crate) Option<Lane>, pub(crate) Act);

/// As above, taken in B only.
pub(crate) struct Patient(pub(crate) &'static str);

/// The name of a timeout that is taken in C only.
pub(crate) struct Bell(pub(crate) &'static str);

/// Something from outside, taken in B only.
pub(crate) struct Letter(pub(crate) &'static str);

pub(crate) const NOTHING: Act = |_| {};

#[gen_statem(Lane)]
impl Recorder {
    #[init]
    fn init(cx: &mut Context<Self>, act: Act) -> (Self, A) {
        act(cx);
        (Self { log: Vec::new() }, A)
    }

    fn note(&mut self, name: &str, lane: Lane) {
        self.log.push(format!("{name} in {lane:?}"));
    }

    /// What was written down since the last look.
    #[call]
    pub(crate) fn log(&mut self, _: &Lane) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Stays where it is.
    #[cast]
    pub(crate) fn stay(&mut self, lane: &Lane, name: &'static str, cx: &mut Context<Self>, act: Act) {
        self.note(name, *lane);
        act(cx);
    }

    /// Goes somewhere, or comes back to where it was.
    #[cast]
    pub(crate) fn go(&mut self, lane: Lane, name: &'static str, to: Lane, cx: &mut Context<Self>, act: Act) -> Lane {
        self.note(name, lane);
        act(cx);
        to
    }

    /// As `go`, and replies with where it was.
    #[call]
    pub(crate) fn ask(
        &mut self,
        lane: Lane,
        name: &'static str,
        to: Lane,
        cx: &mut Context<Self>,
        act: Act,
    ) -> (Lane, Lane) {
        self.note(name, lane);
        act(cx);
        (to, lane)
    }

    /// Is put off in A, and noted elsewhere.
    #[cast]
    pub(crate) fn wait(&mut self, _: &A, name: &'static str, cx: &mut Context<Self>) {
        self.log.push(format!("{name} put off"));
        cx.postpone();
    }

    #[cast(wait)]
    fn waited(&mut self, lane: &Lane, name: &'static str) {
        self.note(name, *lane);
    }

    /// Is put off until C.
    #[cast(else = postpone)]
    pub(crate) fn wait_for_c(&mut self, _: &C, name: &'static str) {
        self.note(name, C.into());
    }

    /// Leads from B to A, and is put off in A.
    #[cast(else = postpone)]
    pub(crate) fn turn_back(&mut self, _: B, name: &'static str) -> A {
        self.note(name, B.into());
        A
    }

    /// Is only answered in B.
    #[call(else = postpone)]
    pub(crate) fn ask_in_b(&mut self, _: &B, name: &'static str) -> &'static str {
        self.note(name, B.into());
        name
    }

    /// As above, answered by hand.
    #[call]
    pub(crate) fn ask_out_of_a(&mut self, lane: &Lane, name: &'static str, cx: &mut Context<Self>) -> &'static str {
        if matches!(lane, Lane::A(_)) {
            cx.postpone();
            return "a reply that is not sent";
        }
        self.note(name, *lane);
        name
    }

    /// Leads to B, where it shall be tried again.
    #[cast]
    pub(crate) fn again_in_b(&mut self, lane: Lane, name: &'static str, cx: &mut Context<Self>) -> Lane {
        self.note(name, lane);
        if matches!(lane, Lane::A(_)) {
            cx.postpone();
        }
        B.into()
    }

    /// Is only of interest in B.
    #[cast(else = ignore)]
    pub(crate) fn hint(&mut self, _: &B, name: &'static str) {
        self.note(name, B.into());
    }

    /// Puts itself in again, so often.
    #[cast]
    pub(crate) fn count(&mut self, lane: &Lane, left: u32, cx: &mut Context<Self>) {
        if left == 0 {
            self.note("counted", *lane);
        } else {
            cx.next_event(RecorderMessage::Count { left: left - 1 });
        }
    }

    /// Says twice where it is.
    #[call]
    pub(crate) fn names(&mut self, lane: Lane, to: Lane, cx: &mut Context<Self>) -> (Lane, [&'static str; 2]) {
        let before = cx.state_name();
        self.note("asked", lane);
        (to, [before, cx.state_name()])
    }

    /// Has somebody else answer.
    #[call(later)]
    pub(crate) fn give_away(&mut self, _: &Lane, reply: Reply<Pid>, cx: &mut Context<Self>) -> Later {
        cx.spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            reply.send(process::current().expect("a process"));
        });
        Later
    }

    /// Makes a call a new event, which is answered as such.
    #[call(later)]
    pub(crate) fn pass_on(&mut self, _: &Lane, reply: Reply<Lane>, cx: &mut Context<Self>) -> Later {
        cx.next_event(Inner("before", None, NOTHING));
        cx.next_call(reply, RecorderMessage::Ask { name: "passed on", to: B.into(), act: NOTHING });
        cx.next_event(Inner("after", None, NOTHING));
        Later
    }

    #[internal]
    fn inner(&mut self, lane: Lane, Inner(name, to, act): Inner, cx: &mut Context<Self>) -> Lane {
        self.note(name, lane);
        act(cx);
        to.unwrap_or(lane)
    }

    #[internal(else = postpone)]
    fn patient(&mut self, _: &B, Patient(name): Patient) {
        self.note(name, B.into());
    }

    #[info(else = postpone)]
    fn letter(&mut self, _: &B, letter: Letter) {
        self.note(letter.0, B.into());
    }

    #[info]
    fn down(&mut self, lane: &Lane, down: Down) {
        self.note(&format!("down: {}", down.reason), *lane);
    }

    #[state_timeout]
    fn state_timeout(&mut self, lane: &Lane) {
        self.note("state timeout", *lane);
    }

    #[event_timeout]
    fn event_timeout(&mut self, lane: &Lane) {
        self.note("event timeout", *lane);
    }

    /// A timeout that only counts in C.
    #[timeout(else = postpone)]
    fn bell(&mut self, _: &C, bell: Bell) {
        self.note(bell.0, C.into());
    }

    #[timeout]
    fn timer(&mut self, lane: &Lane, name: &'static str) {
        self.note(name, *lane);
    }
}
