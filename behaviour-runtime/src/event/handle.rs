//! What every client of a handler can do, whatever the handler.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use super::client::EventManagerClient;
use super::errands::Told;
use super::handler::{EventHandler, Handles};
use super::id::HandlerId;
use super::info::InfoForHandler;
use super::letter::Letter;

/// A handle to a handler of a running manager.
///
/// The typed client that the macro writes wraps this and gives it through `Deref`. It names the manager and the handler,
/// whether that is there or not: what it asks of one that is not fails with
/// [`HandlerError::NoHandler`](super::HandlerError).
pub struct HandlerClient<H: Handles> {
    manager: EventManagerClient<H::Event>,
    id: HandlerId,
    of: PhantomData<fn() -> H>,
}

impl<H: Handles> HandlerClient<H> {
    pub(super) fn new(manager: EventManagerClient<H::Event>, id: HandlerId) -> Self {
        Self { manager, id, of: PhantomData }
    }

    /// What the handler is called at its manager.
    #[must_use]
    pub fn id(&self) -> &HandlerId {
        &self.id
    }

    /// Its manager.
    #[must_use]
    pub fn manager(&self) -> &EventManagerClient<H::Event> {
        &self.manager
    }
}

impl<H: EventHandler> HandlerClient<H> {
    /// Sends the handler a message that no method stands for: any type that it has an `#[info]` callback for. Never
    /// waits, never fails; if the handler is not there, the message is dropped and logged.
    pub fn send<M: InfoForHandler<H>>(&self, message: M) {
        let told = Told::<H>::new(self.id.clone(), None, message.into_message());
        self.manager.cast(Letter::Errand(Box::new(told)));
    }
}

impl<H: Handles> Clone for HandlerClient<H> {
    fn clone(&self) -> Self {
        Self::new(self.manager.clone(), self.id.clone())
    }
}

impl<H: Handles> PartialEq for HandlerClient<H> {
    fn eq(&self, other: &Self) -> bool {
        self.manager == other.manager && self.id == other.id
    }
}

impl<H: Handles> Eq for HandlerClient<H> {}

impl<H: Handles> Hash for HandlerClient<H> {
    fn hash<S: Hasher>(&self, state: &mut S) {
        self.manager.hash(state);
        self.id.hash(state);
    }
}

impl<H: Handles> std::fmt::Debug for HandlerClient<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {:?}", self.id, self.manager)
    }
}
