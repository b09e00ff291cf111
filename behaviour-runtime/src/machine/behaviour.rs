//! What makes a type a state machine.

use std::any::Any;
use std::time::Duration;

use crate::edge::{Call, Client, Context, Declared, Holds, Kind, Message, Receives};
use crate::process::{ExitReason, Step};

use super::graph::{Edge, StateSet};
use super::state::{Place, State};

/// What the attribute on the struct says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not declared a gen_statem",
    label = "these are callbacks, but `{Self}` is a plain type",
    note = "put `#[gen_statem(..)]` on `struct {Self}` too, with the enum of its states"
)]
#[doc(hidden)]
pub trait Machine: Declared {
    /// The enum of its states.
    type State: State + Message;
}

/// What the attribute on the `impl` says: the callbacks of a state machine.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gen_statem",
    label = "no `#[gen_statem(..)] impl {Self}` block gives it callbacks",
    note = "write `#[gen_statem(State)] impl {Self} {{ #[init] fn init(..) -> (Self, First) {{ .. }} }}`"
)]
pub trait GenStatem: Machine + Receives {
    /// The states in which it may begin.
    const START: StateSet;

    /// The states in which it may go on after an older version.
    const TAKES_OVER: StateSet = StateSet::NONE;

    /// What leads where.
    const EDGES: &'static [Edge];

    /// Whether there is an `#[enter]` callback.
    const ENTERS: bool = false;

    /// Asks for the state's name.
    #[doc(hidden)]
    fn state_name_message() -> Self::Message;

    /// Whether this asks for the state's name.
    #[doc(hidden)]
    fn asks_state_name(message: &Self::Message) -> bool;

    /// Calls the handler that answers a message in the present state.
    fn handle<'a>(
        &'a mut self,
        place: &'a mut Place<Self::State>,
        message: Self::Message,
        cx: &'a mut Context<Self>,
    ) -> Step<'a>;

    /// Calls the `#[enter]` callback of the present state, if there is one.
    fn enter<'a>(
        &'a mut self,
        place: &'a mut Place<Self::State>,
        from: &'static str,
        cx: &'a mut Context<Self>,
    ) -> Step<'a> {
        let _ = (place, from, cx);
        None
    }

    /// What `#[state_timeout(30s)]` arms when this state is entered.
    fn on_entry(state: &Self::State) -> Option<(Duration, Self::Message)> {
        let _ = state;
        None
    }

    /// Calls the `#[terminate]` callback, if there is one.
    fn terminate<'a>(
        &'a mut self,
        place: &'a mut Place<Self::State>,
        reason: ExitReason,
        cx: &'a mut Context<Self>,
    ) -> Step<'a> {
        let _ = (place, reason, cx);
        None
    }
}

impl<S: GenStatem> Client<S> {
    /// The name of the machine's state. To ask is no event: it ends no timeout.
    pub fn state_name(&self) -> Call<&'static str> {
        Call::new(self, S::state_name_message())
    }
}

/// Asks that a struct with the attribute also has callbacks.
#[doc(hidden)]
pub const fn assert_gen_statem<S: GenStatem>() {}

/// The kind of a state machine.
#[doc(hidden)]
#[must_use]
pub const fn machine_kind<S: GenStatem>() -> Kind {
    Kind(const { &super::body::Body::<S>::TABLE })
}

/// The state of a machine, and its data.
#[doc(hidden)]
#[derive(Debug)]
pub struct StateAndData(());

impl<S: GenStatem> Holds<S> for StateAndData {
    type Seen<'a> = (&'a S::State, &'a S);
    type Changed<'a> = (&'a mut S::State, &'a mut S);

    fn seen<'a>(state: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<Self::Seen<'a>> {
        Some((state?.downcast_ref()?, data.downcast_ref()?))
    }

    fn changed<'a>(state: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<Self::Changed<'a>> {
        Some((state?.downcast_mut()?, data.downcast_mut()?))
    }
}
