//! Why a task gave no value.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::process::{CallError, ExitReason, Pid};
use crate::supervisor::StartChildError;

/// Why there is no value of a task (the exit that `Task.await/2` raises).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TaskError {
    /// The task ended with this reason before it gave a value.
    Exited(ExitReason),
    /// The task took longer than it was waited for.
    Timeout,
    /// The task waits for who would wait for it: this ring of processes, the first one being the present one.
    Deadlock(Arc<[Pid]>),
    /// The supervisor did not start it.
    NotStarted(StartChildError),
}

impl TaskError {
    /// Of a task whose value was taken before.
    pub(super) const TAKEN: Self = Self::Exited(ExitReason::NoProcess);

    /// The reason that the task ended with, if it did.
    #[must_use]
    pub fn reason(&self) -> Option<&ExitReason> {
        if let Self::Exited(reason) = self { Some(reason) } else { None }
    }
}

/// What a promise that was not kept says.
pub(super) fn broken(error: CallError, task: Pid) -> TaskError {
    match error {
        CallError::Exited(reason) => TaskError::Exited(reason),
        CallError::Timeout => TaskError::Timeout,
        CallError::Deadlock(ring) => TaskError::Deadlock(ring),
        CallError::CallingSelf => TaskError::Deadlock([task].into()),
        CallError::NoProcess | CallError::Full | CallError::NoReply => TaskError::Exited(ExitReason::NoProcess),
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(reason) => write!(f, "the task ended without a value: {reason}"),
            Self::Timeout => f.write_str("the task gave no value in time"),
            Self::Deadlock(ring) => {
                f.write_str("the task closes a ring of waiting processes:")?;
                ring.iter().try_for_each(|pid| write!(f, " {pid}"))
            }
            Self::NotStarted(error) => write!(f, "the task was not started: {error}"),
        }
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Exited(reason) => Some(reason),
            Self::NotStarted(error) => Some(error),
            Self::Timeout | Self::Deadlock(_) => None,
        }
    }
}
