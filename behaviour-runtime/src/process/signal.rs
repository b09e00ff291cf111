//! What passes between processes beside their own messages.
//!
//! This is the closed set of otp.md 1.3–1.5: [`Signal`] lists all of it, so that an engine which carries signals
//! between machines has exactly these to carry. The decision on reception is a pure function, [`on_exit`].

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::pid::Pid;
use super::reason::ExitReason;

/// The reference of one monitor; unique in this program (Erlang's monitor reference).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonitorRef(pub(crate) u64);

impl fmt::Debug for MonitorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#Ref<{}>", self.0)
    }
}

/// A monitored process has ended (Erlang's `'DOWN'` message).
///
/// When it arrives, the process is gone: its state is dropped and its name is free.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Down {
    /// The monitor that fired.
    pub monitor: MonitorRef,
    /// The process that ended.
    pub pid: Pid,
    /// The name that was monitored, if the monitor was made by name.
    pub name: Option<Arc<str>>,
    /// Why it ended; `NoProcess` if it was not there when the monitor was made.
    pub reason: ExitReason,
}

/// A linked process has ended, and this one traps exits (Erlang's `'EXIT'` message).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exit {
    /// The process that ended, or that sent the exit signal.
    pub pid: Pid,
    /// Why it ended.
    pub reason: ExitReason,
}

/// Nothing arrived within the time that `cx.timeout` was given (Erlang's `timeout` message).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeout;

/// A message of the system's own that becomes a message of the process.
#[derive(Debug)]
pub(crate) enum System {
    Down(Down),
    Exit(Exit),
    Timeout,
    /// End with this reason: `stop`, or the exit of the parent of a process that traps exits.
    Stop(ExitReason),
    /// A question of a higher floor, for those who understand it.
    Question(Box<dyn Any + Send>),
}

/// A signal from one process to another.
#[derive(Debug)]
pub(crate) enum Signal {
    /// An exit signal; `link` tells the link that broke, none an explicit one. `kill` cannot be trapped.
    Exit { from: Pid, reason: ExitReason, link: Option<u64>, kill: bool },
    /// The sender links itself to the receiver.
    Link { from: Pid, link: u64 },
    /// The sender removes its link.
    Unlink { from: Pid, link: u64 },
    /// The sender watches the receiver.
    Monitor { from: Pid, monitor: MonitorRef, name: Option<Arc<str>> },
    /// The sender no longer watches.
    Demonitor { monitor: MonitorRef },
    /// A watched process has ended.
    Down(Down),
    /// A process ends in order, after what it was sent before.
    Stop { reason: ExitReason },
}

/// What an exit signal does to its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnExit {
    /// Nothing.
    Drop,
    /// It becomes an [`Exit`] message.
    Message,
    /// The receiver ends with the signal's reason.
    End,
    /// The receiver ends with `Killed`.
    Kill,
}

/// The decision of otp.md 1.3, in its order. `active` tells whether the link is still there at the receiver.
#[allow(clippy::fn_params_excessive_bools, reason = "the table of the decision has these columns")]
pub(crate) fn on_exit(reason: &ExitReason, link: bool, active: bool, kill: bool, traps: bool, itself: bool) -> OnExit {
    if link && !active {
        OnExit::Drop
    } else if kill && !link {
        OnExit::Kill
    } else if traps {
        OnExit::Message
    } else if matches!(reason, ExitReason::Normal) && !itself {
        OnExit::Drop
    } else {
        OnExit::End
    }
}

#[cfg(test)]
mod tests {
    use super::{ExitReason, OnExit, on_exit};

    #[test]
    fn the_decision_on_an_exit_signal_is_otps() {
        let boom = ExitReason::error("boom");
        // A stale link is dropped before anything else.
        assert_eq!(on_exit(&boom, true, false, false, true, false), OnExit::Drop);
        // An explicit kill cannot be trapped; one that comes by a link can.
        assert_eq!(on_exit(&ExitReason::Killed, false, false, true, true, false), OnExit::Kill);
        assert_eq!(on_exit(&ExitReason::Killed, true, true, false, true, false), OnExit::Message);
        // Who traps gets a message, also for `Normal`.
        assert_eq!(on_exit(&ExitReason::Normal, true, true, false, true, false), OnExit::Message);
        // PR-38, PR-39: normal does nothing to another, but ends the one that sends it to itself.
        assert_eq!(on_exit(&ExitReason::Normal, false, false, false, false, false), OnExit::Drop);
        assert_eq!(on_exit(&ExitReason::Normal, false, false, false, false, true), OnExit::End);
        assert_eq!(on_exit(&boom, true, true, false, false, false), OnExit::End);
    }
}
