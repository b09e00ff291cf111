//! Where a client's messages go: to one incarnation, or to whoever sits in a seat.

use std::sync::Arc;

use super::cell::ProcessCell;
use super::pid::Pid;
use super::seat::{Occupant, Seat};

/// Where a client's messages go.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    /// This incarnation.
    Process(Arc<ProcessCell>),
    /// Whoever sits there.
    Seat(Arc<Seat>),
}

impl Address {
    /// The process that is there now.
    pub(crate) fn process(&self) -> Option<Arc<ProcessCell>> {
        match self {
            Self::Process(process) => Some(Arc::clone(process)),
            Self::Seat(seat) => match seat.occupant() {
                Occupant::Process(process) => Some(process),
                Occupant::Nobody | Occupant::Closed => None,
            },
        }
    }

    /// Lends the process that is there now.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&Arc<ProcessCell>) -> R) -> Option<R> {
        match self {
            Self::Process(process) => Some(f(process)),
            Self::Seat(_) => self.process().as_ref().map(f),
        }
    }

    /// The pid of the process, or of the last one in the seat.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Process(process) => Some(process.pid()),
            Self::Seat(seat) => seat.last_pid(),
        }
    }

    /// What makes two addresses the same: the process, or the seat.
    fn identity(&self) -> (bool, u64) {
        match self {
            Self::Process(process) => (false, process.pid().spread()),
            Self::Seat(seat) => (true, seat.id()),
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Address {}

impl std::hash::Hash for Address {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}
