//! Which messages a server takes: the promises that rustc checks.
//!
//! Whatever a server asks for, it must have a callback for. Each of these traits faces the message, so that the error
//! names it: `M: InfoFor<S>`, not `S: HandleInfo<M>`.

use std::marker::PhantomData;

use super::behaviour::Receives;

/// A message that the server `S` has an `#[info]` callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[info]` callback for `{Self}`",
    label = "nothing in `{S}` handles a `{Self}`",
    note = "add `#[info] fn on_message(&mut self, message: {Self})` to `#[gen_server] impl {S}`",
    note = "or, to a `#[gen_statem(..)] impl`, `#[info] fn on_message(&mut self, state: &State, message: {Self})`"
)]
pub trait InfoFor<S: Receives>: Send + 'static {
    /// Makes it a message of the server.
    fn into_message(self) -> S::Message;
}

/// What may travel in a message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel between processes",
    label = "this is not `Send + 'static`",
    note = "a process may run on any thread: its state, what it is sent and what it replies must be `Send + 'static`"
)]
pub trait Message: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Message for T {}

/// Asks that a type may travel.
#[doc(hidden)]
#[derive(Debug)]
pub struct Travels<T: Message>(T);

/// Asks whether `S` takes an `M`, so that no type is known by its spelling: [`Probe::HANDLER`] where it does, and
/// [`Unhandled::HANDLER`], which is only looked at where the first is not there, where it does not.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<S, M>(PhantomData<fn() -> (S, M)>);

impl<S: Receives, M: InfoFor<S>> Probe<S, M> {
    pub const HANDLER: Option<fn(M) -> S::Message> = Some(M::into_message);
}

/// The answer no.
#[doc(hidden)]
pub trait Unhandled<S: Receives, M> {
    const HANDLER: Option<fn(M) -> S::Message> = None;
}

impl<S: Receives, M> Unhandled<S, M> for Probe<S, M> {}
