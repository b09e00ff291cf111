//! New code for a running machine (`code_change/4`): what `#[code_change]` makes of its state and its data.
//!
//! It is no event: the new state is not entered, no timeout begins or ends, and nothing that was postponed comes back
//! for it. What the machine has on its agenda, its timeouts and what waits for another state, goes on with the new
//! version.
//!
//! So a state timeout runs on though the state is another, as in OTP, where the new callbacks get the old timer's event:
//! when it comes, it is that of the state in which the machine is then. A state that has none lets it pass, and that is
//! told (otp.md 6.5, 6.8).

use crate::edge::{Behaviour, Failure, Receives, Upgrade, changed};
use crate::process::sys::{SysError, Visit};
use crate::process::{ExitReason, IntoError};

use super::behaviour::GenStatem;
use super::body::Body;
use super::graph::StateSet;
use super::round::Round;
use super::state::{State, Target};

impl<M: 'static> Upgrade<M> {
    /// The same machine, changed.
    #[doc(hidden)]
    pub fn machine<S, F>(change: F) -> Self
    where
        S: GenStatem + Behaviour + Receives<Message = M>,
        F: FnOnce(&mut S, &mut S::State) -> Result<(), Failure> + Send + 'static,
    {
        Self::new(move |visit| with_machine(visit, |data: &mut S, state| changed(|| change(data, state))))
    }

    /// Another version of the machine.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    pub fn machine_version<Old, New, F>(change: F) -> Self
    where
        Old: GenStatem + Behaviour + Receives<Message = M>,
        New: GenStatem + Behaviour + Receives<Message = M>,
        F: FnOnce(&mut Old, &mut Old::State) -> Result<(New, New::State), Failure> + Send + 'static,
    {
        Self::new(move |visit| {
            let (data, state) = with_machine(visit, |data: &mut Old, state| changed(|| change(data, state)))?;
            // SAFETY: the new body is made for the new table, whose messages are those of the old one. The old body is an
            // `Old`'s, for an `Old` was lent of it; its agenda is exchanged for an empty one, so it may be dropped.
            unsafe {
                visit.replace(const { &Body::<New>::TABLE }, |process, old| {
                    let mut body = Body::<New>::new(process);
                    body.round = std::mem::replace(&mut (*old.cast::<Body<Old>>()).round, Round::new());
                    body.round.stays_at(state.index());
                    body.place.put(state);
                    body.data = Some(data);
                    Ok(Box::into_raw(body).cast())
                })
            }
        })
    }
}

fn with_machine<S: GenStatem, R>(
    visit: &mut Visit<'_>,
    work: impl FnOnce(&mut S, &mut S::State) -> Result<R, SysError>,
) -> Result<R, SysError> {
    visit.find(|lent| Some(work(lent.data.downcast_mut()?, lent.state?.downcast_mut()?)))
}

/// What a machine's `#[code_change]` may return that makes a new version: `(Self, State)`, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a `#[code_change]` of `{S}` cannot return `{Self}`",
    label = "this does not make a `{S}` and its state of the old version",
    note = "return `(Self, State)` with one of its states, or a `Result` of that"
)]
pub trait IntoMachineVersion<S: GenStatem> {
    /// The states in which it may go on.
    const TO: StateSet;

    /// The new version, and its state.
    ///
    /// # Errors
    /// The error that the callback returned.
    fn into_version(self) -> Result<(S, S::State), Failure>;
}

impl<S: GenStatem, T: Target<S::State>> IntoMachineVersion<S> for (S, T) {
    const TO: StateSet = T::TO;

    fn into_version(self) -> Result<(S, S::State), Failure> {
        self.1.into_state().map(|state| (self.0, state)).map_err(Failure)
    }
}

impl<S: GenStatem, T: Target<S::State>, E: IntoError> IntoMachineVersion<S> for Result<(S, T), E> {
    const TO: StateSet = T::TO;

    fn into_version(self) -> Result<(S, S::State), Failure> {
        self.map_err(|error| Failure(ExitReason::error(error))).and_then(IntoMachineVersion::into_version)
    }
}
