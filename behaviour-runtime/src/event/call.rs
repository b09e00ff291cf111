//! A typed call of one handler.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::edge::{Call, Message};

use super::errands::Ask;
use super::error::HandlerError;
use super::handle::HandlerClient;
use super::handler::EventHandler;
use super::letter::Letter;

/// A call of one handler, that a client method describes: a future, and a builder (`gen_event:call/3,4`).
///
/// As a [`Call`] it is sent when it is first polled, waits 5 s if nothing else is said, and may run where the caller
/// stands.
///
/// # Errors
/// [`HandlerError::NoHandler`] if the manager has no such handler, [`HandlerError::Failed`] if the callback panicked, by
/// which the handler is removed, and [`HandlerError::Manager`] as a call of a server fails.
#[must_use = "a call is made when it is awaited; `.detach()` makes it without waiting"]
pub struct HandlerCall<T> {
    call: Call<Result<T, HandlerError>>,
}

impl<T: Message> HandlerCall<T> {
    /// Describes a call that may run in place. `T` is what the message's callback replies with.
    #[doc(hidden)]
    pub fn new<H: EventHandler>(client: &HandlerClient<H>, message: H::Message) -> Self {
        let ask = Ask::<H, T>::new(client.id().clone(), message);
        Self { call: Call::new(client.manager(), Letter::Errand(Box::new(ask))) }
    }

    /// Describes a call that always goes through the mailbox.
    #[doc(hidden)]
    pub fn queued<H: EventHandler>(client: &HandlerClient<H>, message: H::Message) -> Self {
        let ask = Ask::<H, T>::new(client.id().clone(), message);
        Self { call: Call::queued(client.manager(), Letter::Errand(Box::new(ask))) }
    }
}

impl<T> HandlerCall<T> {
    pub(super) fn from_call(call: Call<Result<T, HandlerError>>) -> Self {
        Self { call }
    }

    /// Waits at most this long for the answer.
    pub fn within(self, limit: Duration) -> Self {
        Self { call: self.call.within(limit) }
    }

    /// Waits as long as it takes; the end of the manager still ends the wait.
    pub fn forever(self) -> Self {
        Self { call: self.call.forever() }
    }

    /// Sends the request and does not wait; the reply is dropped.
    pub fn detach(self) {
        self.call.detach();
    }
}

impl<T: Send + 'static> Future for HandlerCall<T> {
    type Output = Result<T, HandlerError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.call).poll(cx).map(|answer| answer?)
    }
}

impl<T> std::fmt::Debug for HandlerCall<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandlerCall").finish_non_exhaustive()
    }
}
