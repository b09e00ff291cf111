//! How a checkout fails.

use std::fmt;

use crate::process::{CallError, StartError};

/// Why no worker was borrowed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CheckoutError {
    /// All workers are lent, and the caller did not want to wait (`full`).
    Full,
    /// No worker was to be had in time.
    Timeout,
    /// A worker was to be started for the overflow, and did not start.
    Start(StartError),
    /// The pool does not live, or ended while the caller waited.
    Call(CallError),
}

impl fmt::Display for CheckoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("all workers of the pool are lent"),
            Self::Timeout => f.write_str("no worker of the pool came free in time"),
            Self::Start(error) => write!(f, "a worker of the pool did not start: {error}"),
            Self::Call(error) => write!(f, "the pool was not reached: {error}"),
        }
    }
}

impl std::error::Error for CheckoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Full | Self::Timeout => None,
            Self::Start(error) => Some(error),
            Self::Call(error) => Some(error),
        }
    }
}
