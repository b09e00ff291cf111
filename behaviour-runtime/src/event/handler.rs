//! What makes a type a handler.

use std::any::Any;

use crate::edge::Declared;
use crate::process::{BoxFuture, Step};

use super::context::HandlerContext;
use super::handle::HandlerClient;
use super::removed::Removed;

/// What can be told to all handlers of a manager: they share it, so it is `Sync`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an event",
    label = "all handlers share it by reference, and this is not `Send + Sync + 'static`",
    note = "an event is `Send + Sync + 'static`: it travels to the manager, whose handlers may wait while they look at it"
)]
pub trait Event: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<E: Send + Sync + 'static> Event for E {}

/// What the attribute on the struct says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared a gen_event handler",
    label = "these are callbacks, but `{Self}` is a plain type",
    note = "put `#[gen_event(..)]` on `struct {Self}` too, with the type of its events"
)]
#[doc(hidden)]
pub trait Handles: Declared {
    /// What it is told.
    type Event: Event;
}

/// What the attribute on the `impl` says: the callbacks of a handler.
///
/// The macro implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gen_event handler",
    label = "no `#[gen_event(..)] impl {Self}` block gives it callbacks",
    note = "write `#[gen_event(Event)] impl {Self} {{ #[init] fn init(..) -> Self {{ .. }} }}`, with the type of its events"
)]
pub trait EventHandler: Handles + Send {
    /// Its typed client.
    type Client: From<HandlerClient<Self>>;

    /// What it takes beside events.
    type Message: Send + 'static;

    /// What its `#[terminate]` hands over to whoever deletes it, or takes its place.
    type Left: Send + 'static;

    /// Whether its `#[event]` may wait.
    #[doc(hidden)]
    const EVENTS_WAIT: bool = false;

    /// Whether another callback may wait.
    #[doc(hidden)]
    const MESSAGES_WAIT: bool = false;

    /// Calls `#[event]`.
    fn event<'a>(&'a mut self, event: &'a Self::Event, cx: &'a mut HandlerContext<Self>) -> Step<'a> {
        let _ = (event, cx);
        None
    }

    /// Calls the callback of a message.
    fn handle<'a>(&'a mut self, message: Self::Message, cx: &'a mut HandlerContext<Self>) -> Step<'a>;

    /// Takes what is shown to all handlers, if there is an `#[info]` for it.
    #[doc(hidden)]
    fn inform(shown: &mut dyn Any) -> Option<Self::Message> {
        let _ = shown;
        None
    }

    /// The callback that takes a message, for reports.
    fn message_name(message: &Self::Message) -> &'static str;

    /// Calls `#[terminate]`.
    fn terminate(self, reason: Removed, cx: &mut HandlerContext<Self>) -> BoxFuture<'_, Self::Left>;

    /// What reports show instead of the state, if there is a `#[format_status]` callback.
    fn format_status(&self) -> Option<String> {
        None
    }
}

/// A handler of events of type `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of `{E}`",
    label = "the events of this manager are of type `{E}`",
    note = "a handler is added to a manager of its own events: `#[gen_event({E})]` on the struct and on the impl says so"
)]
pub trait HandlerOf<E>: EventHandler<Event = E> {}

#[diagnostic::do_not_recommend]
impl<E, H: EventHandler<Event = E>> HandlerOf<E> for H {}

/// The events that both blocks name.
#[diagnostic::on_unimplemented(
    message = "the struct says that its events are of type `{E}`, and the impl says `{Self}`",
    label = "this is not `{E}`",
    note = "write the same type in both `#[gen_event(..)]`"
)]
#[doc(hidden)]
pub trait SameEvents<E> {
    /// The same event.
    fn same(event: &E) -> &Self;
}

#[diagnostic::do_not_recommend]
impl<E> SameEvents<E> for E {
    fn same(event: &E) -> &Self {
        event
    }
}

/// What the first parameter of an `#[event]` refers to.
#[diagnostic::on_unimplemented(
    message = "the events are of type `{E}`, not `{Self}`",
    label = "this handler is told of `{E}`",
    note = "write `#[event] fn event(&mut self, event: &{E})`",
    note = "or name another type in both `#[gen_event(..)]`"
)]
#[doc(hidden)]
pub trait IsEvent<E> {
    /// Shows it.
    fn shown(event: &E) -> &Self;
}

#[diagnostic::do_not_recommend]
impl<E> IsEvent<E> for E {
    fn shown(event: &E) -> &Self {
        event
    }
}

/// What a parameter by reference refers to: the context.
#[diagnostic::on_unimplemented(
    message = "a callback of `{H}` cannot take a `{Self}` by reference",
    label = "by reference comes the context, and this is none",
    note = "write `cx: &mut HandlerContext<Self>` for the context",
    note = "or take it by value, such as `String` for `&str`: a message owns its fields"
)]
#[doc(hidden)]
pub trait IsHandlerContext<H: EventHandler> {
    /// Lends the context.
    fn lent(cx: &mut HandlerContext<H>) -> &mut Self;
}

impl<H: EventHandler> IsHandlerContext<H> for HandlerContext<H> {
    fn lent(cx: &mut Self) -> &mut Self {
        cx
    }
}

/// What `#[terminate]` takes by value.
#[diagnostic::on_unimplemented(
    message = "a handler's `#[terminate]` cannot take a `{Self}`",
    label = "by value comes why it is removed, and this is something else",
    note = "write `reason: Removed`"
)]
#[doc(hidden)]
pub trait IsRemoved {
    /// Gives the reason.
    fn given(reason: Removed) -> Self;
}

impl IsRemoved for Removed {
    fn given(reason: Removed) -> Self {
        reason
    }
}

/// Asks that a struct with the attribute also has callbacks.
#[doc(hidden)]
pub const fn assert_gen_event<H: EventHandler>() {}
