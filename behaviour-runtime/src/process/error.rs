//! How a call, a start and a link fail.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::pid::Pid;
use super::reason::ExitReason;

/// Why a call, or a stop, did not succeed (the exit that `gen_server:call` raises).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// No answer came in time. The server is not affected and still handles the request; a late reply is dropped.
    Timeout,
    /// There is no such process (`noproc`).
    NoProcess,
    /// The process ended with this reason before it answered.
    Exited(ExitReason),
    /// The process called itself (`calling_self`).
    CallingSelf,
    /// The call would have closed this ring of processes that wait for each other; the first one is the caller.
    Deadlock(Arc<[Pid]>),
    /// The mailbox is bounded and full.
    Full,
    /// The server dropped the [`Reply`](crate::server::Reply) without sending it.
    NoReply,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer in time"),
            Self::NoProcess => f.write_str("no such process"),
            Self::Exited(reason) => write!(f, "the process ended before it answered: {reason}"),
            Self::CallingSelf => f.write_str("a process cannot call itself"),
            Self::Deadlock(ring) => {
                f.write_str("the call closes a ring of waiting processes:")?;
                ring.iter().try_for_each(|pid| write!(f, " {pid}"))
            }
            Self::Full => f.write_str("the mailbox is full"),
            Self::NoReply => f.write_str("the server dropped the reply"),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Exited(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Why a process did not start.
///
/// When the starter sees it, the process is gone, its name is free, and nothing of it is left in any mailbox.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StartError {
    /// `#[init]` returned `None`: not to be started, and no failure either (`ignore`).
    Ignored,
    /// The name is taken by this process (`already_started`).
    AlreadyStarted(Pid),
    /// `#[init]` returned an error or panicked, or the process was ended while it ran.
    Failed(ExitReason),
    /// `#[init]` did not return in time.
    Timeout,
    /// A child of the supervisor did not start (`failed_to_start_child`).
    Child {
        /// The child's id.
        id: Arc<str>,
        /// Why it did not start.
        error: Arc<StartError>,
    },
}

impl StartError {
    /// The reason as an exit reason, as a supervisor reports it.
    #[must_use]
    pub fn reason(&self) -> ExitReason {
        match self {
            Self::Failed(reason) => reason.clone(),
            Self::Child { .. } => ExitReason::shutdown_with(self.clone()),
            other => ExitReason::error(other.clone()),
        }
    }

    /// The error of the user's own that `#[init]` returned, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(reason) => reason.downcast_ref(),
            Self::Child { error, .. } => error.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored => f.write_str("the process chose not to start"),
            Self::AlreadyStarted(pid) => write!(f, "already started as {pid}"),
            Self::Failed(reason) => write!(f, "the process did not start: {reason}"),
            Self::Timeout => f.write_str("the process did not start in time"),
            Self::Child { id, error } => write!(f, "child `{id}` did not start: {error}"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Child { error, .. } => Some(&**error),
            _ => None,
        }
    }
}
