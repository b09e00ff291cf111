//! What a server goes on with before any message.

use super::behaviour::GenServer;

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
