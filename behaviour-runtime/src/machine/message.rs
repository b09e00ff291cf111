//! Which events a machine takes from itself: the promises that rustc checks.
//!
//! As for a server, whatever a machine asks for it must have a callback for, and each trait faces the message.

use crate::edge::Receives;
use crate::process::{ExitReason, IntoError};

use super::behaviour::GenStatem;

/// An event that the machine `S` has an `#[internal]` callback for; one of its own messages, too.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[internal]` callback for `{Self}`",
    label = "nothing in `{S}` handles a `{Self}`",
    note = "add `#[internal] fn on_event(&mut self, state: &State, event: {Self})` to the `#[gen_statem(..)] impl {S}`"
)]
pub trait InternalFor<S: Receives>: Sized {
    /// Makes it a message of the machine.
    fn into_message(self) -> S::Message;
}

/// The name and content of a timeout that the machine `S` has a `#[timeout]` callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[timeout]` callback for `{Self}`",
    label = "nothing in `{S}` handles a `{Self}`",
    note = "add `#[timeout] fn on_timeout(&mut self, state: &State, timeout: {Self})` to the `#[gen_statem(..)] impl {S}`"
)]
pub trait TimeoutFor<S: Receives>: Send + 'static {
    /// Makes it a message of the machine.
    fn into_message(self) -> S::Message;
}

/// A machine with a `#[state_timeout]` callback that takes nothing but the state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `#[state_timeout]` callback",
    label = "nothing in `{Self}` handles this timeout",
    note = "add `#[state_timeout] fn on_timeout(&mut self, state: State) -> Next` to the `#[gen_statem(..)] impl {Self}`"
)]
pub trait StateTimeouts: GenStatem {
    /// The message of the timeout.
    fn state_timeout() -> Self::Message;
}

/// The content of a state timeout that the machine `S` has a callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[state_timeout]` callback that takes a `{Self}`",
    label = "nothing in `{S}` handles a timeout with this content",
    note = "add `#[state_timeout] fn on_timeout(&mut self, state: &State, content: {Self})` to the `#[gen_statem(..)] impl {S}`"
)]
pub trait StateTimeoutFor<S: Receives>: Send + 'static {
    /// Makes it a message of the machine.
    fn into_message(self) -> S::Message;
}

/// A machine with an `#[event_timeout]` callback that takes nothing but the state.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `#[event_timeout]` callback",
    label = "nothing in `{Self}` handles this timeout",
    note = "add `#[event_timeout] fn on_timeout(&mut self, state: &State)` to the `#[gen_statem(..)] impl {Self}`"
)]
pub trait EventTimeouts: GenStatem {
    /// The message of the timeout.
    fn event_timeout() -> Self::Message;
}

/// The content of an event timeout that the machine `S` has a callback for.
#[diagnostic::on_unimplemented(
    message = "`{S}` has no `#[event_timeout]` callback that takes a `{Self}`",
    label = "nothing in `{S}` handles a timeout with this content",
    note = "add `#[event_timeout] fn on_timeout(&mut self, state: &State, content: {Self})` to the `#[gen_statem(..)] impl {S}`"
)]
pub trait EventTimeoutFor<S: Receives>: Send + 'static {
    /// Makes it a message of the machine.
    fn into_message(self) -> S::Message;
}

/// What a handler may return that borrows its state and has no caller.
#[diagnostic::on_unimplemented(
    message = "a handler that borrows its state stays in it, and cannot return `{Self}`",
    label = "nobody is there to take this value",
    note = "to leave its state, a handler takes it by value: `state: State`, not `state: &State`",
    note = "return nothing, or `Result<(), E>` to end the process with an error; use `#[call]` to reply"
)]
pub trait Stays {
    /// The reason to end with, if the process shall end.
    fn into_reason(self) -> Option<ExitReason>;
}

impl Stays for () {
    fn into_reason(self) -> Option<ExitReason> {
        None
    }
}

impl<E: IntoError> Stays for Result<(), E> {
    fn into_reason(self) -> Option<ExitReason> {
        self.err().map(ExitReason::error)
    }
}

/// What an `#[enter]` callback may return.
#[diagnostic::on_unimplemented(
    message = "an `#[enter]` callback stays in the state that was entered, and cannot return `{Self}`",
    label = "nobody is there to take this value",
    note = "to go on at once, call `cx.state_timeout(Duration::ZERO)` and answer it in a `#[state_timeout]`",
    note = "return nothing, or `Result<(), E>` to end the process with an error"
)]
pub trait Enters {
    /// The reason to end with, if the process shall end.
    fn into_reason(self) -> Option<ExitReason>;
}

impl Enters for () {
    fn into_reason(self) -> Option<ExitReason> {
        None
    }
}

impl<E: IntoError> Enters for Result<(), E> {
    fn into_reason(self) -> Option<ExitReason> {
        self.err().map(ExitReason::error)
    }
}

/// What an event carries that a handler may postpone.
#[diagnostic::on_unimplemented(
    message = "`cx.postpone()` keeps the event, and a `{Self}` cannot be cloned",
    label = "this is used up by the handler",
    note = "derive `Clone`, put it into an `Arc`, or postpone the event in every other state by `else = postpone`"
)]
pub trait Keep {
    /// A copy to be handled again.
    #[must_use]
    fn kept(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Keep for T {
    fn kept(&self) -> Self {
        self.clone()
    }
}

/// A copy to be handled again.
#[doc(hidden)]
pub fn keep<T: Keep>(field: &T) -> T {
    field.kept()
}

/// What another handler of the same event takes or replies in this place.
///
/// The client has one method for them all, with the types of the first. Where another is spelled otherwise, generated
/// code asks here whether it is the same.
#[diagnostic::on_unimplemented(
    message = "all handlers of an event take and reply the same, and the first one has `{T}` here, not `{Self}`",
    label = "write `{T}`, or give the event another name"
)]
pub trait Common<T> {
    /// What the message carries, for the handler.
    #[must_use]
    fn given(first: T) -> Self;

    /// What the handler replies, for the caller.
    fn taken(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> Common<T> for T {
    fn given(first: T) -> Self {
        first
    }

    fn taken(self) -> T {
        self
    }
}

/// What an `#[enter]` callback takes by value: the name of the state that was left.
#[diagnostic::on_unimplemented(
    message = "an `#[enter]` callback cannot take a `{Self}`",
    label = "by value comes the name of the old state, and this is none",
    note = "write `from: &'static str`"
)]
pub trait IsOldName {
    /// Gives the name.
    fn given(name: &'static str) -> Self;
}

impl IsOldName for &'static str {
    fn given(name: &'static str) -> Self {
        name
    }
}
