//! How what is asked of a handler fails.

use std::error::Error;
use std::fmt;

use crate::process::{CallError, ExitReason};

/// Why a handler was not added, or did not answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HandlerError {
    /// The manager has no such handler (`bad_module`, `module_not_found`).
    NoHandler,
    /// The manager has a handler of this type and this id already.
    AlreadyThere,
    /// Its `#[init]` returned an error or panicked, so it was not added.
    Refused(ExitReason),
    /// Its callback panicked or returned an error. It is no longer there (`{'EXIT', Reason}`).
    Failed(ExitReason),
    /// The manager did not answer.
    Manager(CallError),
}

impl HandlerError {
    /// The error of the user's own that a callback returned, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Refused(reason) | Self::Failed(reason) => reason.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHandler => f.write_str("the manager has no such handler"),
            Self::AlreadyThere => f.write_str("the manager has this handler already"),
            Self::Refused(reason) => write!(f, "the handler was not added: {reason}"),
            Self::Failed(reason) => write!(f, "the handler failed and was removed: {reason}"),
            Self::Manager(error) => write!(f, "the manager did not answer: {error}"),
        }
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(reason) | Self::Failed(reason) => Some(reason),
            Self::Manager(error) => Some(error),
            Self::NoHandler | Self::AlreadyThere => None,
        }
    }
}

impl From<CallError> for HandlerError {
    fn from(error: CallError) -> Self {
        Self::Manager(error)
    }
}
