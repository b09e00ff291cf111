//! Which messages a server takes: the promises that rustc checks.
//!
//! Whatever a server asks for, it must have a callback for. Each of these traits faces the message, so that the error
//! names it: `M: InfoFor<S>`, not `S: HandleInfo<M>`.

use std::marker::PhantomData;

use super::behaviour::GenServer;

/// A message that the server `S` has an `#[info]` callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[info]` callback for `{Self}`",
    label = "nothing in `{S}` handles a `{Self}`",
    note = "add `#[info] fn on_message(&mut self, message: {Self})` to `#[gen_server] impl {S}`"
)]
pub trait InfoFor<S: GenServer>: Send + 'static {
    /// Makes it a message of the server.
    fn into_message(self) -> S::Message;
}

/// A message that the server `S` has a `#[continues]` callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[continues]` callback for `{Self}`",
    label = "nothing in `{S}` continues with a `{Self}`",
    note = "add `#[continues] fn go_on(&mut self, message: {Self})` to `#[gen_server] impl {S}`"
)]
pub trait ContinueFor<S: GenServer>: Send + 'static {
    /// Makes it a message of the server.
    fn into_message(self) -> S::Message;
}

/// What may travel in a message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel in a message",
    label = "this must be `Send + 'static`",
    note = "a server may run on any thread, so what it is sent must be `Send + 'static`"
)]
pub trait Message {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Message for T {}

/// Asks that a parameter's type may travel.
#[doc(hidden)]
pub const fn assert_message<T: Message>() {}

/// Asks whether `S` takes an `M`, by autoref specialisation, so that no type is known by its spelling.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<S, M>(PhantomData<fn() -> (S, M)>);

impl<S, M> Probe<S, M> {
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S, M> Default for Probe<S, M> {
    fn default() -> Self {
        Self::new()
    }
}

/// The answer yes.
#[doc(hidden)]
pub trait Handled<S: GenServer, M> {
    fn convert(&self, message: M) -> Option<S::Message>;
}

impl<S: GenServer, M: InfoFor<S>> Handled<S, M> for Probe<S, M> {
    fn convert(&self, message: M) -> Option<S::Message> {
        Some(message.into_message())
    }
}

/// The answer no.
#[doc(hidden)]
pub trait Unhandled<S: GenServer, M> {
    fn convert(&self, message: M) -> Option<S::Message>;
}

impl<S: GenServer, M> Unhandled<S, M> for &Probe<S, M> {
    fn convert(&self, _: M) -> Option<S::Message> {
        None
    }
}
