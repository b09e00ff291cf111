//! Why a handler goes.

use std::fmt;

use crate::process::{ExitReason, Pid};

use super::id::HandlerId;

/// Why a handler is removed: what its `#[terminate]` is told, and its owner.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Removed {
    /// Somebody deleted it (`delete_handler`).
    Deleted,
    /// It asked for it (`remove_handler`).
    Itself,
    /// This handler takes its place, and what `#[terminate]` returns.
    Swapped(HandlerId),
    /// The manager ends with this reason (`stop`).
    Stopped(ExitReason),
    /// Its owner ended with this reason, or sent the manager an exit signal with it (`{stop, Reason}`).
    OwnerEnded(ExitReason),
    /// A callback of it panicked or returned an error (`{error, _}`).
    Failed(ExitReason),
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("deleted"),
            Self::Itself => f.write_str("removed itself"),
            Self::Swapped(by) => write!(f, "swapped for {by}"),
            Self::Stopped(reason) => write!(f, "the manager ended: {reason}"),
            Self::OwnerEnded(reason) => write!(f, "its owner ended: {reason}"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
        }
    }
}

/// A handler that a process owns has gone (Erlang's `gen_event_EXIT` message).
///
/// It comes to whoever added the handler with
/// [`add_sup_handler`](super::EventManagerClient::add_sup_handler).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HandlerExit {
    /// The handler.
    pub handler: HandlerId,
    /// Whose handler it was.
    pub manager: Pid,
    /// Why it has gone. OTP's `normal` is [`Deleted`](Removed::Deleted) or [`Itself`](Removed::Itself), `shutdown` is
    /// [`Stopped`](Removed::Stopped).
    pub reason: Removed,
}
