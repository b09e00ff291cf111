//! What a machine's `#[init]` may return.

use crate::edge::Failure;
use crate::process::{ExitReason, IntoError};

use super::behaviour::GenStatem;
use super::graph::StateSet;
use super::state::Target;

/// What a state machine's `#[init]` may return.
///
/// | `#[init]` returns | the start gives | in OTP |
/// |---|---|---|
/// | `(Self, State)` | the client | `{ok, State, Data}` |
/// | `Result<(Self, State), E>` | [`StartError::Failed`](crate::process::StartError) on `Err` | `{error, Reason}` |
/// | `Option<(Self, State)>` | [`StartError::Ignored`](crate::process::StartError) on `None` | `ignore` |
/// | `Result<Option<(Self, State)>, E>` | both | |
///
/// `State` is one of the states, a [`Next`](super::Next) for a choice, or the whole enum.
#[diagnostic::on_unimplemented(
    message = "an `#[init]` of `{S}` cannot return `{Self}`",
    label = "this does not make a `{S}` and its first state",
    note = "return `(Self, First)` with its first state, or a `Result`, an `Option` or a `Result` of an `Option` of that"
)]
pub trait IntoMachine<S: GenStatem> {
    /// The states in which the machine may begin.
    const START: StateSet;

    /// The machine and its state, nothing if it is not to be started, or why it cannot.
    ///
    /// # Errors
    /// The error that `#[init]` returned.
    fn into_machine(self) -> Result<Option<(S, S::State)>, Failure>;
}

impl<S: GenStatem, T: Target<S::State>> IntoMachine<S> for (S, T) {
    const START: StateSet = T::TO;

    fn into_machine(self) -> Result<Option<(S, S::State)>, Failure> {
        match self.1.into_state() {
            Ok(state) => Ok(Some((self.0, state))),
            Err(reason) => Err(Failure(reason)),
        }
    }
}

impl<S: GenStatem, T: Target<S::State>> IntoMachine<S> for Option<(S, T)> {
    const START: StateSet = T::TO;

    fn into_machine(self) -> Result<Option<(S, S::State)>, Failure> {
        self.map_or(Ok(None), IntoMachine::into_machine)
    }
}

impl<S: GenStatem, T: Target<S::State>, E: IntoError> IntoMachine<S> for Result<(S, T), E> {
    const START: StateSet = T::TO;

    fn into_machine(self) -> Result<Option<(S, S::State)>, Failure> {
        self.map_err(|error| Failure(ExitReason::error(error))).and_then(IntoMachine::into_machine)
    }
}

impl<S: GenStatem, T: Target<S::State>, E: IntoError> IntoMachine<S> for Result<Option<(S, T)>, E> {
    const START: StateSet = T::TO;

    fn into_machine(self) -> Result<Option<(S, S::State)>, Failure> {
        self.map_err(|error| Failure(ExitReason::error(error))).and_then(IntoMachine::into_machine)
    }
}
