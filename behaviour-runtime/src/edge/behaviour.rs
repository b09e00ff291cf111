//! What a type must be to be started, and what takes messages.

use std::any::TypeId;
use std::fmt;

use crate::process::sys::Status;
use crate::process::{Down, Exit, Timeout, names};

use super::client::Client;
use super::options::Options;

/// What can be started, supervised and found: a server, a supervisor, a state machine.
///
/// The macros implement it; its one use in programs is [`find`](Behaviour::find).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no behaviour",
    label = "this cannot be started or supervised",
    note = "put `#[gen_server]`, `#[gen_statem(..)]` or `#[supervisor(..)]` on the struct and on an `impl` block of it"
)]
pub trait Behaviour: Sized + Send + 'static {
    /// The typed client that the macro wrote.
    type Client: Clone + Send + Sync + From<Client<Self>> + std::ops::Deref<Target = Client<Self>> + 'static;

    #[doc(hidden)]
    const BEHAVIOUR: Kind;

    /// A client of whoever has this name now, if it is of this type (`whereis/1`).
    ///
    /// If a supervisor looks after it this is a client of the child, which reaches the next incarnation, too.
    #[must_use]
    fn find(name: &str) -> Option<Self::Client> {
        let process = names::find(name)?;
        Client::<Self>::of(&process).map(Self::Client::from)
    }
}

/// Which behaviour it is, and how the core reaches it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Kind(pub(crate) &'static crate::process::functions::Table);

/// What tells the processes of a behaviour from those of others: the versions of a server are one, to its clients.
pub(crate) fn identity<S: Behaviour>() -> TypeId {
    (S::BEHAVIOUR.0.identity)()
}

/// What the attribute on the struct says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared a gen_server",
    label = "these are callbacks, but `{Self}` is a plain type",
    note = "put `#[gen_server]` on `struct {Self}` too"
)]
#[doc(hidden)]
pub trait Declared: Sized + 'static {
    const OPTIONS: Options;

    /// Writes the state as crash reports show it.
    ///
    /// # Errors
    /// If the formatter fails.
    fn report(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// What takes messages: a server or a state machine, as its callbacks make it.
///
/// The macros implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no callbacks that take its messages",
    label = "this is neither a server nor a state machine",
    note = "supervisors, pools and tasks take their messages by themselves: nobody can watch each of them, nor send them one"
)]
pub trait Receives: Sized + 'static {
    /// Every message that it takes.
    type Message: Send + 'static;

    /// The callback that takes a message, for reports.
    fn message_name(message: &Self::Message) -> &'static str;

    /// Makes a `Down` a message, if there is an `#[info]` for it.
    const DOWN: Option<fn(Down) -> Self::Message> = None;

    /// Makes an `Exit` a message, if there is an `#[info]` for it.
    const EXIT: Option<fn(Exit) -> Self::Message> = None;

    /// Makes a `Timeout` a message, if there is an `#[info]` for it.
    const TIMEOUT: Option<fn(Timeout) -> Self::Message> = None;

    /// What is shown instead of the state, if there is a `#[format_status]` callback, which may change all else, too.
    fn format_status(&self, status: &mut Status) -> Option<String> {
        let _ = status;
        None
    }
}

/// What a `#[format_status]` callback shows.
#[doc(hidden)]
#[allow(clippy::unnecessary_wraps)]
pub fn status(status: impl fmt::Display) -> Option<String> {
    Some(status.to_string())
}
