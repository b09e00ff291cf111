//! A handler that tells the test all that it hears, and does what it is told to.

use behaviour::event::HandlerId;
use behaviour::prelude::*;
use behaviour::process::Process;

/// What a handler may be told to do.
#[allow(dead_code, reason = "some tests use a part of them")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Order {
    Hear(u32),
    Go,
    Fail,
    Panic,
    Swap,
}

/// What the test hears.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// A handler began, with what was left to it.
    Began(&'static str, Option<String>),
    /// A handler was told.
    Told(&'static str, Order),
    /// A handler ended.
    Ended(&'static str, Removed),
    /// A message of a handler's own.
    Noted(&'static str, u32),
    /// A handler that the test owns is gone.
    Gone(HandlerId, Removed),
}

impl From<HandlerExit> for Heard {
    fn from(exit: HandlerExit) -> Self {
        Self::Gone(exit.handler, exit.reason)
    }
}

#[derive(Debug)]
pub(crate) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// A number for one handler.
#[derive(Clone, Debug)]
pub(crate) struct Note(pub(crate) u32);

/// Writes down what it hears.
#[gen_event(Order)]
#[derive(Debug)]
pub(crate) struct Scribe {
    called: &'static str,
    #[secret]
    test: Process<Heard>,
}

#[gen_event(Order)]
impl Scribe {
    #[init]
    fn init(test: Process<Heard>, called: &'static str) -> Result<Self, Refused> {
        match called {
            "refused" => return Err(Refused),
            "broken" => panic!("cannot begin"),
            _ => test.send(Heard::Began(called, None)),
        }
        Ok(Self { called, test })
    }

    /// Takes another's place.
    #[init(swap)]
    fn after(left: Option<String>, test: Process<Heard>, called: &'static str) -> Result<Self, Refused> {
        if called == "refused" {
            return Err(Refused);
        }
        test.send(Heard::Began(called, left));
        Ok(Self { called, test })
    }

    #[event]
    fn event(&mut self, order: &Order, cx: &mut HandlerContext<Self>) -> Result<(), Refused> {
        self.test.send(Heard::Told(self.called, order.clone()));
        self.obey(order, cx)
    }

    /// Its name.
    #[call]
    pub(crate) fn name(&self) -> &'static str {
        self.called
    }

    /// Does it, and answers.
    #[call]
    pub(crate) fn order(&mut self, cx: &mut HandlerContext<Self>, order: Order) -> &'static str {
        assert!(self.obey(&order, cx).is_ok(), "in a call");
        "done"
    }

    #[info]
    fn note(&mut self, Note(number): Note) {
        self.test.send(Heard::Noted(self.called, number));
    }

    /// Does it, and nobody waits for an answer.
    #[info]
    fn told(&mut self, cx: &mut HandlerContext<Self>, order: Order) -> Result<(), Refused> {
        self.obey(&order, cx)
    }

    #[terminate]
    fn close(self, why: Removed) -> String {
        self.test.send(Heard::Ended(self.called, why));
        assert!(self.called != "stubborn", "cannot end");
        format!("left by {}", self.called)
    }

    fn obey(&mut self, order: &Order, cx: &mut HandlerContext<Self>) -> Result<(), Refused> {
        match order {
            Order::Go => cx.remove_handler(),
            Order::Fail => return Err(Refused),
            Order::Panic => panic!("told to"),
            Order::Swap => cx.swap_handler(Self::successor(self.test.clone(), "next").id("next")),
            Order::Hear(_) => {}
        }
        Ok(())
    }
}

/// Hears all, and says nothing.
#[allow(dead_code, reason = "some tests have no use for it")]
#[gen_event(Order)]
pub(crate) struct Silent;

#[gen_event(Order)]
impl Silent {
    #[init]
    fn init() -> Self {
        Self
    }

    #[event]
    fn event(&mut self, _: &Order) {}
}
