//! Whose handler it is.

use std::ops::Deref;

use crate::edge::{Client, InfoFor, Receives};
use crate::process::{Pid, Process};

use super::removed::HandlerExit;

/// Whoever can own a handler: the client of a server or a machine that has an `#[info]` for [`HandlerExit`], and a
/// plain process that takes messages which can be made from one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot own a handler",
    label = "nothing there takes a `HandlerExit`",
    note = "pass the client of a server, and add `#[info] fn handler_gone(&mut self, exit: HandlerExit)` to the server",
    note = "or pass a `Process<M>`, where `M: From<HandlerExit>`"
)]
pub trait HandlerOwner: Send + Sync + 'static {
    /// The process whose end removes the handler.
    #[doc(hidden)]
    fn owner(&self) -> Pid;

    /// Sends it the message that its handler is gone.
    #[doc(hidden)]
    fn tell(&self, exit: HandlerExit);
}

impl<C, S> HandlerOwner for C
where
    C: Deref<Target = Client<S>> + Send + Sync + 'static,
    S: Receives,
    HandlerExit: InfoFor<S>,
{
    fn owner(&self) -> Pid {
        self.pid()
    }

    fn tell(&self, exit: HandlerExit) {
        self.send(exit);
    }
}

impl<M: From<HandlerExit> + Send + 'static> HandlerOwner for Process<M> {
    fn owner(&self) -> Pid {
        self.pid()
    }

    fn tell(&self, exit: HandlerExit) {
        self.send(exit.into());
    }
}
