//! What a handler takes beside events.

use std::any::Any;

use super::handler::EventHandler;

/// A message that the handler `H` has an `#[info]` callback for.
#[diagnostic::on_unimplemented(
    message = "`{H}` has no `#[info]` callback for `{Self}`",
    label = "nothing in `{H}` handles a `{Self}`",
    note = "add `#[info] fn on_message(&mut self, message: {Self})` to `#[gen_event(..)] impl {H}`"
)]
pub trait InfoForHandler<H: EventHandler>: Send + 'static {
    /// Makes it a message of the handler.
    fn into_message(self) -> H::Message;
}

/// Takes the message out of what is shown to all handlers, if it is an `M`.
#[doc(hidden)]
pub fn taken<M: 'static>(shown: &mut dyn Any) -> Option<M> {
    shown.downcast_mut::<Option<M>>()?.take()
}
