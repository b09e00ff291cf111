//! What makes a type a server.

use std::any::Any;

use crate::edge::{Context, Declared, Holds, Kind, Receives};
use crate::process::sys::HandlerStatus;
use crate::process::{ExitReason, Step};

/// What the attribute on the `impl` says: the callbacks of a server.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gen_server",
    label = "no `#[gen_server] impl {Self}` block gives it callbacks",
    note = "write `#[gen_server] impl {Self} {{ #[init] fn init(..) -> Self {{ .. }} }}`"
)]
pub trait GenServer: Declared + Receives {
    /// What is to be seen of the handlers in it, if it is an event manager.
    #[doc(hidden)]
    const HANDLERS: Option<fn(&mut dyn Any) -> Vec<HandlerStatus>> = None;

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

/// The state of a server: all of it is the struct.
#[doc(hidden)]
#[derive(Debug)]
pub struct AllData(());

impl<S: GenServer> Holds<S> for AllData {
    type Seen<'a> = &'a S;
    type Changed<'a> = &'a mut S;

    fn seen<'a>(_: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<&'a S> {
        data.downcast_ref()
    }

    fn changed<'a>(_: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<&'a mut S> {
        data.downcast_mut()
    }
}
