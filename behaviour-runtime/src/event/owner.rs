//! Whose handler it is.

use std::ops::Deref;
use std::sync::Arc;

use crate::edge::{Client, InfoFor, Receives};
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
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
    /// The process that owns the handler from now on.
    #[doc(hidden)]
    fn owner(self) -> Owner;
}

/// The process that owns a handler: one incarnation, whose end removes the handler. Another one that a client of a child
/// leads to later has no part in it.
#[doc(hidden)]
#[derive(Clone)]
pub struct Owner {
    pid: Pid,
    tell: Arc<dyn Fn(HandlerExit) + Send + Sync>,
}

impl Owner {
    /// The process that is there now, to which this leads a message. Where nobody is there, it is no process, which is
    /// as good as one that has ended.
    fn of(
        process: Option<Arc<ProcessCell>>,
        tell: impl FnOnce(Address) -> Arc<dyn Fn(HandlerExit) + Send + Sync>,
    ) -> Self {
        match process {
            Some(process) => Self { pid: process.pid(), tell: tell(Address::Process(process)) },
            None => Self { pid: Pid::NOBODY, tell: Arc::new(drop) },
        }
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends it the message that its handler is gone.
    pub(super) fn tell(&self, exit: HandlerExit) {
        (self.tell)(exit);
    }
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Owner").field(&self.pid).finish()
    }
}

impl<C, S> HandlerOwner for C
where
    C: Deref<Target = Client<S>> + Send + Sync + 'static,
    S: Receives,
    HandlerExit: InfoFor<S>,
{
    fn owner(self) -> Owner {
        Owner::of(self.address().process(), |address| {
            let client = Client::<S>::new(address);
            Arc::new(move |exit| client.send(exit))
        })
    }
}

impl<M: From<HandlerExit> + Send + 'static> HandlerOwner for Process<M> {
    fn owner(self) -> Owner {
        Owner::of(self.address().process(), |address| {
            let process = Self::new(address);
            Arc::new(move |exit| process.send(M::from(exit)))
        })
    }
}
