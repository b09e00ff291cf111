//! A choice of next states.

use super::graph::StateSet;
use super::state::{State, StateOf, Target};
use crate::process::ExitReason;

/// One of several next states: what a handler returns that may lead to more than one.
///
/// ```
/// # use behaviour_runtime::machine::Next;
/// # struct Locked; struct Open;
/// fn try_code(right: bool) -> Next<(Locked, Open)> {
///     if right { Next::to(Open) } else { Next::to(Locked) }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next<T: Choice>(T::Options);

impl<T: Choice> Next<T> {
    /// Leads to this state, which must be among those of the type.
    pub fn to<S, I>(state: S) -> Self
    where
        S: Among<T, I>,
    {
        Self(state.chosen())
    }
}

/// A tuple of states to choose from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of next states",
    label = "one to twelve states are expected here",
    note = "write `Next<(A, B)>`; a single next state is returned as it is"
)]
pub trait Choice: Sized {
    /// All but one are absent.
    type Options;
}

/// A tuple of states of `L`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of states of `{L}`",
    label = "one to twelve states of `{L}` are expected here",
    note = "write `Next<(A, B)>`; a single next state is returned as it is"
)]
pub trait ChoiceOf<L: State>: Choice {
    /// All of them.
    const TO: StateSet;

    /// The one that is there.
    fn chosen(options: Self::Options) -> L;
}

impl<L: State, T: ChoiceOf<L>> Target<L> for Next<T> {
    const TO: StateSet = T::TO;

    fn into_state(self) -> Result<L, ExitReason> {
        Ok(T::chosen(self.0))
    }
}

/// A state that is among those of the tuple `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not among the next states `{T}`",
    label = "this handler may not go to `{Self}`",
    note = "to allow it, add `{Self}` to the `Next<..>` that the handler returns"
)]
pub trait Among<T: Choice, I> {
    /// Chooses it.
    fn chosen(self) -> T::Options;
}

/// The place in the tuple, by which rustc tells the implementations of [`Among`] apart.
#[derive(Debug)]
pub struct At<const I: usize>;

macro_rules! choices {
    ($(($($state:ident $index:literal),+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($state),+> Choice for ($($state,)+) {
            type Options = ($(Option<$state>,)+);
        }

        impl<L: State, $($state: StateOf<L>),+> ChoiceOf<L> for ($($state,)+) {
            const TO: StateSet = StateSet::NONE$(.and(StateSet::of($state::INDEX)))+;

            #[allow(non_snake_case)]
            fn chosen(($($state,)+): Self::Options) -> L {
                $(if let Some(state) = $state {
                    return state.into_whole();
                })+
                unreachable!("`Next::to` chooses one of the states")
            }
        }

        among!([] $($state $index),+);
    )+};
}

/// One implementation for each place: those before it, it, those after it.
macro_rules! among {
    ([$($before:ident)*] $state:ident $index:literal $(, $after:ident $other:literal)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $state $(, $after)*> Among<($($before,)* $state, $($after,)*), At<$index>> for $state {
            fn chosen(self) -> ($(Option<$before>,)* Option<$state>, $(Option<$after>,)*) {
                ($(none::<$before>(),)* Some(self), $(none::<$after>(),)*)
            }
        }
        among!([$($before)* $state] $($after $other),*);
    };
    ([$($before:ident)*]) => {};
}

fn none<T>() -> Option<T> {
    None
}

choices! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, J 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, J 8, K 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, J 8, K 9, M 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, J 8, K 9, M 10, N 11)
}
