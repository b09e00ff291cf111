//! What a manager is sent.

use crate::edge::Context;
use crate::process::{Exit, Step};

use super::list::Handlers;
use super::manager::EventManager;

/// What a manager is sent: events, which are many and small, and all else, which brings along how it is run.
#[doc(hidden)]
pub enum Letter<E> {
    /// An event that nobody waits for.
    Notify(E),
    /// An event whose sender waits until all handlers have seen it.
    SyncNotify(E),
    /// A linked process has ended.
    Exit(Exit),
    /// Something else.
    Errand(Box<dyn Errand<E>>),
}

/// Something else than an event that is asked of a manager, or sent to a handler.
#[doc(hidden)]
pub trait Errand<E>: Send {
    /// What it is, for reports.
    fn name(&self) -> &'static str;

    /// Runs it. What it answers goes to the context.
    fn run<'a>(self: Box<Self>, handlers: &'a mut Handlers<E>, cx: &'a mut Context<EventManager<E>>) -> Step<'a>;
}

impl<E> std::fmt::Debug for Letter<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl<E> Letter<E> {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Notify(_) => "notify",
            Self::SyncNotify(_) => "sync_notify",
            Self::Exit(_) => "exit",
            Self::Errand(errand) => errand.name(),
        }
    }
}
