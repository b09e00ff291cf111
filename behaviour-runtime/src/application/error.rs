//! How the functions of applications fail.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::process::{ExitReason, StartError};

use super::config::ConfigError;

/// Why an application was not loaded, started or stopped. Applications are told by their names.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ApplicationError {
    /// It has been loaded before (`already_loaded`).
    AlreadyLoaded(&'static str),
    /// It is not loaded (`not_loaded`).
    NotLoaded(&'static str),
    /// Another application has its name.
    NameTaken(&'static str),
    /// It runs already (`already_started`).
    AlreadyStarted(&'static str),
    /// It is not started; or an application that it depends on is not (`not_started`).
    NotStarted(&'static str),
    /// An application that it depends on was started, and has ended since (`not_running`).
    NotRunning(&'static str),
    /// It runs, and what was asked for is for one that does not (`running`).
    Running(&'static str),
    /// These depend on each other in a ring, the last one on the first: none can be started before the others.
    Cycle(Arc<[&'static str]>),
    /// Its configuration could not be read.
    Config(ConfigError),
    /// Its `#[start]` failed, or what that describes did not start.
    Start {
        /// The application.
        application: &'static str,
        /// Why it did not start.
        error: StartError,
    },
    /// A callback of one of its phases failed; what it had started was ended again.
    Phase {
        /// The application.
        application: &'static str,
        /// The phase.
        phase: &'static str,
        /// What the callback returned, or how it crashed.
        reason: ExitReason,
    },
    /// Its `#[config_change]` failed.
    Change {
        /// The application.
        application: &'static str,
        /// What the callback returned, or how it crashed.
        reason: ExitReason,
    },
    /// It was stopped before it had started.
    Interrupted(&'static str),
    /// All applications are being stopped.
    ShuttingDown,
}

impl ApplicationError {
    /// The error of the user's own that `#[start]` or a phase returned, or the `#[init]` of a process that was started,
    /// if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Start { error, .. } => error.downcast_ref(),
            Self::Phase { reason, .. } | Self::Change { reason, .. } => reason.downcast_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for ApplicationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyLoaded(name) => write!(f, "the application `{name}` is loaded already"),
            Self::NotLoaded(name) => write!(f, "the application `{name}` is not loaded"),
            Self::NameTaken(name) => write!(f, "another application is called `{name}`"),
            Self::AlreadyStarted(name) => write!(f, "the application `{name}` runs already"),
            Self::NotStarted(name) => write!(f, "the application `{name}` is not started"),
            Self::NotRunning(name) => write!(f, "the application `{name}` does not run any more"),
            Self::Running(name) => write!(f, "the application `{name}` runs"),
            Self::Cycle(ring) => {
                f.write_str("these applications depend on each other in a ring: ")?;
                ring.iter().try_for_each(|name| write!(f, "`{name}` → "))?;
                write!(f, "`{}`", ring.first().copied().unwrap_or_default())
            }
            Self::Config(error) => error.fmt(f),
            Self::Start { application, error } => write!(f, "the application `{application}` did not start: {error}"),
            Self::Phase { application, phase, reason } => {
                write!(f, "the application `{application}` did not start: its phase `{phase}` failed: {reason}")
            }
            Self::Change { application, reason } => {
                write!(f, "the application `{application}` did not take its new configuration: {reason}")
            }
            Self::Interrupted(name) => write!(f, "the application `{name}` was stopped before it had started"),
            Self::ShuttingDown => f.write_str("all applications are being stopped"),
        }
    }
}

impl Error for ApplicationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Start { error, .. } => Some(error),
            Self::Phase { reason, .. } | Self::Change { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

impl From<ConfigError> for ApplicationError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
