//! What makes a type a server.

use crate::edge::{Context, Declared, Kind, Receives};
use crate::process::{ExitReason, Step};

/// What the attribute on the `impl` says: the callbacks of a server.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gen_server",
    label = "no `#[gen_server] impl {Self}` block gives it callbacks",
    note = "write `#[gen_server] impl {Self} {{ #[init] fn init(..) -> Self {{ .. }} }}`"
)]
pub trait GenServer: Declared + Receives {
    /// Calls the callback of a message.
    fn handle<'a>(&'a mut self, message: Self::Message, cx: &'a mut Context<Self>) -> Step<'a>;

    /// Calls the `#[terminate]` callback, if there is one.
    fn terminate<'a>(&'a mut self, reason: ExitReason, cx: &'a mut Context<Self>) -> Step<'a> {
        let _ = (reason, cx);
        None
    }
}

/// Asks that a struct with the attribute also has callbacks.
#[doc(hidden)]
pub const fn assert_gen_server<S: GenServer>() {}

/// The kind of a server.
#[doc(hidden)]
#[must_use]
pub const fn server_kind<S: GenServer>() -> Kind {
    Kind(const { &super::body::Body::<S>::TABLE })
}
