//! The round of one event: handler, enter callbacks, and what they asked for.

use std::any::TypeId;

use super::event::Event;
use super::pure::Agenda;

/// How far the present event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its handler runs.
    Handling,
    /// An enter callback runs.
    Entering,
    /// All is done.
    Settled,
}

/// What a machine's process knows beside data and state.
#[allow(clippy::struct_excessive_bools, reason = "each is set by another part of the round")]
#[derive(Debug)]
pub(super) struct Round {
    pub(super) agenda: Agenda<Event, TypeId>,
    pub(super) stage: Stage,
    /// The number of the state in which the event is handled.
    pub(super) from: usize,
    /// The number of the present state, which is another once it is being entered.
    pub(super) now: usize,
    /// Whether the event came from the agenda.
    pub(super) inner: bool,
    /// Whether a caller runs the machine where it stands.
    pub(super) in_place: bool,
    /// Whether the enter callback is due though the state did not change.
    pub(super) repeats: bool,
    /// Whether the state was entered in this round.
    pub(super) entered: bool,
    /// Whether the handler asked for the event to come again, and whether it was kept.
    pub(super) postpones: bool,
    pub(super) kept: bool,
}

impl Round {
    pub(super) const fn new() -> Self {
        Self {
            agenda: Agenda::new(),
            stage: Stage::Settled,
            from: 0,
            now: 0,
            inner: false,
            in_place: false,
            repeats: false,
            entered: false,
            postpones: false,
            kept: false,
        }
    }

    /// The machine begins in this state, which is entered from itself.
    pub(super) fn start(&mut self, index: usize) {
        (self.from, self.now) = (index, index);
        self.repeats = true;
        self.stage = Stage::Handling;
    }

    /// An event is about to be handled.
    #[inline]
    pub(super) fn begin(&mut self, in_place: bool) {
        if !std::mem::take(&mut self.inner) {
            self.agenda.take_from_outside();
        }
        self.in_place = in_place;
        self.stage = Stage::Handling;
    }

    /// The machine is in a state of this number, and no event led there.
    pub(super) fn stays_at(&mut self, index: usize) {
        (self.from, self.now) = (index, index);
    }

    /// What came from outside is no event, but timers that are late have waited behind it.
    pub(super) fn pass(&mut self) {
        self.agenda.take_from_outside();
    }

    /// What a handler may do, and an enter callback may not.
    #[track_caller]
    pub(super) fn refuse_on_entry(&self, what: &str) {
        assert!(self.stage != Stage::Entering, "an `#[enter]` callback cannot {what}: its state is only being entered");
    }

    /// The event is handled, in a state of this number now.
    #[inline]
    pub(super) fn end(&mut self, index: usize) {
        let changed = index != self.from;
        (self.from, self.now) = (index, index);
        (self.entered, self.postpones, self.kept) = (false, false, false);
        self.stage = Stage::Settled;
        self.agenda.settle(changed);
    }
}
