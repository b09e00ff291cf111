//! How a look inside fails.

use std::error::Error;
use std::fmt;

use super::file::LogFileError;
use crate::process::{CallError, ExitReason};

/// Why a request of [`Sys`](crate::sys::Sys) was not done (what `sys`'s functions exit with).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SysError {
    /// The request was not answered: the process does not live, or ended before, or did not come to it in time. One
    /// that was not answered in time is still done, when the process comes to it.
    Call(CallError),
    /// The function that was to look at the state, or to replace it, panicked (`callback_failed`), if only as what it
    /// brought along was dropped. The process lives.
    CallbackFailed(ExitReason),
    /// There is no state to be shown: a plain process keeps its own to itself unless it
    /// [`show`](crate::process::Inbox::show)s it, and those of supervisors and pools are text only.
    NoState,
    /// There are no events to be watched: a plain process, and so a supervisor, takes its messages by itself.
    NoEvents,
    /// The file that the events were to be written to cannot be opened. What watched the process goes on to.
    LogFile(LogFileError),
    /// New code is given to a suspended process only.
    NotSuspended,
    /// What runs there is of another type than was expected: another version of the server, since its code was changed;
    /// another implementation of its trait; a plain process that shows something else.
    OtherImplementation,
    /// The code change returned an error, or panicked. The process lives and runs what it ran; what the change had
    /// written through a `&mut` until then stays, and so do handlers that were changed before.
    CodeChange(ExitReason),
}

impl fmt::Display for SysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::CallbackFailed(reason) => write!(f, "the function that was to look at the state failed: {reason}"),
            Self::NotSuspended => f.write_str("new code is given to a suspended process only"),
            Self::OtherImplementation => f.write_str("what runs there is of another type than was expected"),
            Self::CodeChange(reason) => write!(f, "the code was not changed: {reason}"),
            Self::LogFile(error) => error.fmt(f),
            Self::NoState => f.write_str("the process shows no state"),
            Self::NoEvents => {
                f.write_str("the process takes its messages by itself, so that nobody can watch it do so")
            }
        }
    }
}

impl Error for SysError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Call(error) => error.source(),
            Self::CallbackFailed(reason) | Self::CodeChange(reason) => Some(reason),
            Self::LogFile(error) => error.source(),
            Self::NoState | Self::NoEvents | Self::NotSuspended | Self::OtherImplementation => None,
        }
    }
}

impl From<CallError> for SysError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}
