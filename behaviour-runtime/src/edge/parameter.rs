//! What a callback may take, by the types of its parameters.
//!
//! A macro knows no types: it sees that a parameter is by reference, and no more. So generated code asks here for what
//! it passes, at the type that the user wrote, and where that is wrong rustc answers in these words. Each error is made
//! of a type that cannot be found, so that nothing that follows from it is reported as well.

use crate::process::ExitReason;
use crate::process::sys::Status;

use super::client::Client;
use super::context::Context;

/// What a parameter by reference refers to: the context.
#[diagnostic::on_unimplemented(
    message = "a callback of `{S}` cannot take a `{Self}` by reference",
    label = "by reference comes the context, and this is none",
    note = "take it by value, such as `String` for `&str`: a message owns its fields",
    note = "or write `cx: &mut Context<Self>` for the context"
)]
pub trait IsContext<S> {
    /// Lends the context.
    fn lent(cx: &mut Context<S>) -> &mut Self;
}

impl<S> IsContext<S> for Context<S> {
    fn lent(cx: &mut Self) -> &mut Self {
        cx
    }
}

/// What a `#[format_status]` takes by reference: what is shown of the process.
#[diagnostic::on_unimplemented(
    message = "a `#[format_status]` cannot take a `{Self}`",
    label = "by reference comes what is shown of the process, and this is something else",
    note = "write `fn status(&self) -> impl Display` for the state alone, or `fn status(&self, status: &mut Status)`, with `behaviour::sys::Status`, to change what else is shown"
)]
pub trait IsStatus<S> {
    /// Lends what is shown.
    fn lent(status: &mut Status) -> &mut Self;
}

impl<S> IsStatus<S> for Status {
    fn lent(status: &mut Self) -> &mut Self {
        status
    }
}

/// What `#[terminate]` takes by value.
#[diagnostic::on_unimplemented(
    message = "a `#[terminate]` cannot take a `{Self}`",
    label = "by value comes the reason of the end, and this is none",
    note = "write `reason: ExitReason`"
)]
pub trait IsReason {
    /// Gives the reason.
    fn given(reason: ExitReason) -> Self;
}

impl IsReason for ExitReason {
    fn given(reason: ExitReason) -> Self {
        reason
    }
}

/// What a `#[child]` takes beside `&self`: the client of its supervisor.
#[diagnostic::on_unimplemented(
    message = "a child of `{S}` cannot take a `{Self}`",
    label = "by reference comes the client of `{S}`, and this is none",
    note = "take the client that the macro writes for `{S}`, which reaches the siblings; other values are fields of `{S}`"
)]
pub trait IsClient<S> {
    /// Makes the client.
    fn made(client: Client<S>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<S, C: From<Client<S>>> IsClient<S> for C {
    fn made(client: Client<S>) -> Self {
        client.into()
    }
}

/// A server that its own `async fn`s on `&self` may share.
#[diagnostic::on_unimplemented(
    message = "an `async fn` on `&self` shares `{Self}` while it waits, and that is not `Sync`",
    label = "take `&mut self`",
    note = "a server needs no `Sync` where its `async fn`s take `&mut self`"
)]
pub trait Shareable {}

#[diagnostic::do_not_recommend]
impl<S: Sync> Shareable for S {}

/// The type of such a server: it is not there where the server cannot be shared.
pub trait Shared {
    /// The server.
    type Itself;
}

#[diagnostic::do_not_recommend]
impl<S: Shareable> Shared for S {
    type Itself = S;
}
