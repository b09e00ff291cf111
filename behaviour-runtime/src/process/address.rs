//! Where a client's messages go: to one incarnation, to whoever sits in a seat, or to whoever a key leads to.

use std::any::Any;
use std::fmt::Debug;
use std::future::poll_fn;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::task::Poll;

use super::cell::ProcessCell;
use super::pid::Pid;
use super::relations::unique;
use super::seat::{Occupant, Seat};

/// Where a client's messages go.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    /// This incarnation.
    Process(Arc<ProcessCell>),
    /// Whoever sits there.
    Seat(Arc<Seat>),
    /// Whoever it leads to, each time anew.
    Key(Arc<Key>),
}

/// A key that leads to a process. A struct, for an `Arc<dyn ..>` would make every address, and so every call, larger.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) Box<dyn Resolve>);

/// Finds a process.
pub(crate) trait Resolve: Any + Debug + Send + Sync {
    /// The process that is there now.
    fn process(&self) -> Option<Arc<ProcessCell>>;

    /// Whether another one leads the same way.
    fn is(&self, other: &dyn Resolve) -> bool;

    /// Hashes what `is` compares.
    fn hash(&self, state: &mut dyn Hasher);
}

impl Address {
    /// That of the child, if a supervisor looks after the process: it leads to the next incarnation, too. Otherwise the
    /// process's own.
    pub(crate) fn of(process: &Arc<ProcessCell>) -> Self {
        let seat =
            process.relations().tables.as_ref().and_then(|tables| tables.seat.clone()).filter(|seat| seat.is_kept());
        seat.map_or_else(|| Self::Process(Arc::clone(process)), Self::Seat)
    }

    /// The process that is there now.
    pub(crate) fn process(&self) -> Option<Arc<ProcessCell>> {
        match self {
            Self::Process(process) => Some(Arc::clone(process)),
            Self::Seat(seat) => match seat.occupant() {
                Occupant::Process(process) => Some(process),
                Occupant::Nobody | Occupant::Closed => None,
            },
            Self::Key(key) => key.0.process(),
        }
    }

    /// The process that is there now, or the next one in the seat if it is restarting; none if there will be none.
    pub(crate) async fn reach(&self) -> Option<Arc<ProcessCell>> {
        let Self::Seat(seat) = self else { return self.process() };
        // One that is about to end is as good as gone.
        let answers = |process: &ProcessCell| process.is_alive() && !process.is_ending();
        let mut wait = Wait { seat, key: 0, ended: None };
        poll_fn(|cx| {
            loop {
                if wait.key == 0
                    && let Occupant::Process(process) = seat.occupant()
                    && answers(&process)
                {
                    return Poll::Ready(Some(process));
                }
                if wait.key == 0 {
                    wait.key = unique();
                }
                match seat.wait(wait.ended, wait.key, cx.waker()) {
                    Occupant::Process(process) if answers(&process) => return Poll::Ready(Some(process)),
                    // Whoever looks after the seat has not heard of its end yet.
                    Occupant::Process(process) => wait.ended = Some(process.pid()),
                    Occupant::Closed => return Poll::Ready(None),
                    Occupant::Nobody => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Lends the process that is there now.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&Arc<ProcessCell>) -> R) -> Option<R> {
        match self {
            Self::Process(process) => Some(f(process)),
            Self::Seat(_) | Self::Key(_) => self.process().as_ref().map(f),
        }
    }

    /// Whether this process is there, or is being started to sit there.
    pub(super) fn is_of(&self, process: &ProcessCell) -> bool {
        self.pid() == Some(process.pid())
            || matches!(self, Self::Seat(seat) if process.relations().tables.as_ref().is_some_and(|tables| {
                tables.seat.as_ref().is_some_and(|own| Arc::ptr_eq(own, seat))
            }))
    }

    /// The pid of the process, of the last one in the seat, or of the one that the key leads to now.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Process(process) => Some(process.pid()),
            Self::Seat(seat) => seat.last_pid(),
            Self::Key(key) => Some(key.0.process()?.pid()),
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Process(one), Self::Process(other)) => one.pid() == other.pid(),
            (Self::Seat(one), Self::Seat(other)) => one.id() == other.id(),
            (Self::Key(one), Self::Key(other)) => one.0.is(&*other.0),
            _ => false,
        }
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Process(process) => process.pid().spread().hash(state),
            Self::Seat(seat) => seat.id().hash(state),
            Self::Key(key) => key.0.hash(state),
        }
    }
}

/// Who waits for the next one in a seat. No more so when it is dropped.
struct Wait<'a> {
    seat: &'a Seat,
    /// 0 as long as the seat was never waited for.
    key: u64,
    /// The one that is known to have ended.
    ended: Option<Pid>,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if self.key != 0 {
            self.seat.forget(self.key);
        }
    }
}
