//! The graph of a machine, as its types tell it: which states lead where, and what is wrong with that.
//!
//! A macro sees how a type is spelled; rustc knows what it is. So the macro writes down which handlers lead from where to
//! where, as constants that ask the types, and these functions look for holes while the program is compiled.

use super::behaviour::GenStatem;
use super::state::{State, StateInfo};

/// A set of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateSet(u128);

impl StateSet {
    /// No state.
    pub const NONE: Self = Self(0);
    /// Every state.
    pub const ALL: Self = Self(u128::MAX);

    /// The one state of this number.
    #[must_use]
    pub const fn of(index: usize) -> Self {
        Self(1 << index)
    }

    /// The states of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn without(self, index: usize) -> Self {
        Self(self.0 & !(1 << index))
    }

    const fn is_one(self) -> bool {
        self.0.is_power_of_two()
    }
}

/// A handler leads from one of these states to one of those.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    from: StateSet,
    to: StateSet,
}

impl Edge {
    /// From here to there.
    #[must_use]
    pub const fn new(from: StateSet, to: StateSet) -> Self {
        Self { from, to }
    }
}

/// One line of the picture of a machine: a way from one state to another, and the event that leads along it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Transition {
    /// The state that is left.
    pub from: &'static str,
    /// The state that is entered.
    pub to: &'static str,
    /// The handler that leads there.
    pub event: &'static str,
}

impl Transition {
    /// From here to there.
    #[must_use]
    pub const fn new(from: &'static str, to: &'static str, event: &'static str) -> Self {
        Self { from, to, event }
    }
}

/// The states that can be reached from where the machine begins, or takes over.
const fn reached<S: GenStatem>() -> StateSet {
    let mut reached = S::START.and(S::TAKES_OVER);
    loop {
        let before = reached;
        let mut edge = 0;
        while edge < S::EDGES.len() {
            if S::EDGES[edge].from.meets(reached) {
                reached = reached.and(S::EDGES[edge].to);
            }
            edge += 1;
        }
        if reached.0 == before.0 {
            return reached;
        }
    }
}

/// Whether a handler leads away from a state; by name, if the handlers for all states do not count.
const fn leaves<S: GenStatem>(index: usize, by_name: bool) -> bool {
    let mut edge = 0;
    while edge < S::EDGES.len() {
        let Edge { from, to } = S::EDGES[edge];
        if from.has(index) && to.without(index).0 != 0 && (!by_name || from.is_one()) {
            return true;
        }
        edge += 1;
    }
    false
}

const fn leads<S: GenStatem>(index: usize) -> bool {
    let mut edge = 0;
    while edge < S::EDGES.len() {
        let Edge { from, to } = S::EDGES[edge];
        if to.has(index) && from.without(index).0 != 0 {
            return true;
        }
        edge += 1;
    }
    false
}

/// A sentence about a state, put together while compiling.
struct Sentence {
    text: [u8; 256],
    len: usize,
}

impl Sentence {
    const fn of(parts: [&str; 3]) -> Self {
        let mut sentence = Self { text: [0; 256], len: 0 };
        let mut part = 0;
        while part < parts.len() {
            let bytes = parts[part].as_bytes();
            let mut byte = 0;
            while byte < bytes.len() && sentence.len < sentence.text.len() {
                sentence.text[sentence.len] = bytes[byte];
                sentence.len += 1;
                byte += 1;
            }
            part += 1;
        }
        sentence
    }

    #[track_caller]
    const fn say(&self) -> ! {
        match std::str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("this state's name is too long"),
        }
    }
}

#[track_caller]
const fn check<S: GenStatem>(state: &StateInfo) {
    let &StateInfo { index, name, terminal } = state;
    if !reached::<S>().has(index) {
        if leads::<S>(index) {
            Sentence::of(["`", name, "` is only reached from states that are not reached themselves: let a handler of another state return it, or drop it"]).say();
        }
        Sentence::of(["nothing leads to `", name, "`: no handler returns it, and `#[init]` does not begin in it"])
            .say();
    }
    if terminal && leaves::<S>(index, true) {
        Sentence::of([
            "`",
            name,
            "` is `#[terminal]`, and a handler leaves it: drop the mark, or borrow the state there",
        ])
        .say();
    }
    let alone = <S::State as State>::STATES.len() == 1;
    if !terminal && !alone && !leaves::<S>(index, false) {
        Sentence::of(["nothing leaves `", name, "`: if that is the end, mark its variant `#[terminal]`"]).say();
    }
}

/// Checks the state of this number.
///
/// # Panics
/// While compiling, if nothing leads to it, or if nothing leaves it though it is not `#[terminal]`, or the other way
/// round.
#[doc(hidden)]
#[track_caller]
pub const fn check_state<S: GenStatem>(index: usize) {
    let states = <S::State as State>::STATES;
    let mut state = 0;
    while state < states.len() {
        if states[state].index == index {
            check::<S>(&states[state]);
        }
        state += 1;
    }
}

/// Checks the states that have not been checked by number.
///
/// # Panics
/// As [`check_state`].
#[doc(hidden)]
#[track_caller]
pub const fn check_other_states<S: GenStatem>(checked: &[usize]) {
    let states = <S::State as State>::STATES;
    let mut state = 0;
    while state < states.len() {
        let mut known = false;
        let mut other = 0;
        while other < checked.len() {
            known |= checked[other] == states[state].index;
            other += 1;
        }
        if !known {
            check::<S>(&states[state]);
        }
        state += 1;
    }
}

/// Joins two texts while compiling; `N` is their common length.
///
/// # Panics
/// If it is not.
#[doc(hidden)]
#[must_use]
pub const fn join<const N: usize>(first: &str, second: &str) -> [u8; N] {
    assert!(first.len() + second.len() == N, "the length is that of both");
    let mut joined = [0; N];
    let (before, after) = joined.split_at_mut(first.len());
    before.copy_from_slice(first.as_bytes());
    after.copy_from_slice(second.as_bytes());
    joined
}
