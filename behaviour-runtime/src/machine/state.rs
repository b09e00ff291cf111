//! States: an enum, a struct for each of its variants, and the place where a machine keeps the present one.

use crate::process::{ExitReason, IntoError};

use super::graph::StateSet;

/// The states of a machine: an enum with `#[gen_statem(state)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enum of states",
    label = "no machine can be in a `{Self}`",
    note = "put `#[gen_statem(state)]` on `enum {Self}`"
)]
pub trait State: 'static {
    /// The variants, in their order.
    const STATES: &'static [StateInfo];

    /// The ends of the picture.
    #[doc(hidden)]
    const ENDS: &'static str;

    /// The number of the present variant.
    fn index(&self) -> usize;

    /// The name of the present variant.
    fn name(&self) -> &'static str {
        StateInfo::name_of(Self::STATES, self.index())
    }
}

/// One variant.
#[derive(Debug, Clone, Copy)]
pub struct StateInfo {
    pub(super) index: usize,
    pub(super) name: &'static str,
    pub(super) terminal: bool,
}

impl StateInfo {
    /// The variant at this place in the source, under `cfg`s that leave others out as well.
    #[must_use]
    pub const fn new(index: usize, name: &'static str, terminal: bool) -> Self {
        Self { index, name, terminal }
    }

    /// The variant's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether nothing leaves it.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.terminal
    }

    pub(super) fn name_of(states: &'static [Self], index: usize) -> &'static str {
        match states.get(index) {
            Some(state) if state.index == index => state.name,
            _ => states.iter().find(|state| state.index == index).map_or("", |state| state.name),
        }
    }
}

/// A struct that is one of the states of `L`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no state of `{L}`",
    label = "`{L}` has no variant of this type",
    note = "the states of `{L}` are structs that are called like its variants"
)]
pub trait StateOf<L: State>: Sized {
    /// Its number among the variants.
    const INDEX: usize;

    /// As one of all.
    fn into_whole(self) -> L;
}

/// The enum that the attribute on the impl names, which must be `L`, that on the struct.
#[diagnostic::on_unimplemented(
    message = "the struct of this machine names another enum than `{Self}`: `{L}`",
    label = "these are not the states of the machine",
    note = "write the same on the struct and on its impl, such as `#[gen_statem({L})]`"
)]
pub trait SameStates<L> {
    /// The enum.
    type Itself;
}

#[diagnostic::do_not_recommend]
impl<L> SameStates<L> for L {
    type Itself = L;
}

/// Where a handler that takes its state by value may lead: a state, a [`Next`](super::Next), the whole enum, or a `Result`
/// of one of these, whose error ends the process.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no state of `{L}`, and no choice of its states",
    label = "a state of `{L}` is expected here",
    note = "write one of its states, `Next<(A, B)>` for a choice, or `{L}` itself; a `#[call]` replies by `(state, reply)`"
)]
pub trait Target<L: State> {
    /// The states that it may be.
    const TO: StateSet;

    /// The state.
    ///
    /// # Errors
    /// The reason to end with instead.
    fn into_state(self) -> Result<L, ExitReason>;
}

impl<L: State, T: Target<L>, E: IntoError> Target<L> for Result<T, E> {
    const TO: StateSet = T::TO;

    fn into_state(self) -> Result<L, ExitReason> {
        self.map_err(ExitReason::error).and_then(Target::into_state)
    }
}

/// Where a machine keeps its state. It is empty while a handler has taken the state by value.
#[derive(Debug)]
pub struct Place<L>(Option<L>);

impl<L> Place<L> {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Whether the state is there.
    #[must_use]
    #[inline]
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The state, to be looked at and changed.
    ///
    /// # Panics
    /// If it was taken: a machine whose state is gone handles nothing more.
    #[inline]
    pub fn seen(&mut self) -> &mut L {
        self.0.as_mut().expect("the state is there while the machine runs")
    }

    /// The state, to be used up.
    ///
    /// # Panics
    /// As [`seen`](Self::seen).
    #[inline]
    pub fn take(&mut self) -> L {
        self.0.take().expect("the state is there while the machine runs")
    }

    #[inline]
    pub(super) fn put(&mut self, state: L) {
        self.0 = Some(state);
    }

    pub(super) fn get(&self) -> Option<&L> {
        self.0.as_ref()
    }
}
