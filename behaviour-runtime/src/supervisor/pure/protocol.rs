//! What the supervisor's process and the machine say to each other.
//!
//! The process tells [`Event`]s and carries out [`Command`]s. Both name children by [`ChildKey`]: a pid is one process,
//! a key stands for all the processes that run as a child one after another.

use std::time::Duration;

use super::rules::Ending;

/// Names a child of one machine, for as long as its specification is kept, or until the order of the children changes.
/// Keys are in start order and never come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChildKey(pub(super) usize);

impl ChildKey {
    /// Not after any child.
    pub(super) const FIRST: Self = Self(0);
    /// After every child.
    pub(super) const END: Self = Self(usize::MAX);

    /// The first key after this one.
    pub(super) fn following(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Names one wait of a machine; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(pub(super) u64);

/// Whether a child runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// There is no process: it was not started yet, ignored its start, ended for good, or was terminated.
    Undefined,
    /// There is a process, as far as the supervisor has heard.
    Running,
    /// Its restart failed and is about to be tried again, or has to wait.
    Restarting,
}

/// What happened, as the supervisor's process tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A running child ended by itself.
    Exited { child: ChildKey, ending: Ending },
    /// The child of the last [`Command::Start`] runs.
    Started,
    /// The child of the last [`Command::Start`] did not want to run.
    Ignored,
    /// The child of the last [`Command::Start`] failed to start.
    StartFailed,
    /// The child of the last [`Command::Stop`] has ended, for whatever reason.
    Stopped,
    /// The message of a [`Command::Retry`] came back.
    Retry(ChildKey),
    /// The time of a [`Command::Wait`] is over.
    WaitOver { child: ChildKey, ticket: Ticket },
    /// The supervisor has to end.
    Shutdown,
}

/// What the supervisor's process shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Start the child and answer [`Event::Started`], [`Event::Ignored`] or [`Event::StartFailed`].
    Start(ChildKey),
    /// Terminate the child, wait for its end and answer [`Event::Stopped`]. It may have ended by itself already.
    Stop(ChildKey),
    /// Send yourself a message that comes back as [`Event::Retry`] behind all that waits in the mailbox.
    Retry(ChildKey),
    /// Send yourself a message that comes back as [`Event::WaitOver`] after this time.
    Wait { child: ChildKey, ticket: Ticket, delay: Duration },
    /// Drop the specification of the child. It does not run, and its key is not used again.
    Forget(ChildKey),
    /// Report this.
    Report(Report),
    /// All children have been started for the first time: answer the supervisor's starter.
    Ready,
    /// No child runs any more: end. There is no command after this one.
    Done(End),
}

/// What is worth a report, and about which child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// A child ended that should not have, or not so: `child_terminated`.
    ChildTerminated(ChildKey),
    /// A child that the supervisor had to start failed to: `start_error`.
    StartError(ChildKey),
    /// The supervisor gives up because of this child: `shutdown`, with reason `reached_max_restart_intensity`.
    ReachedMaxRestartIntensity(ChildKey),
}

/// Why the supervisor ends. Seen from outside the reason is `shutdown` each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It was told to.
    Shutdown,
    /// Its significant children have ended.
    AutoShutdown,
    /// There were too many restarts.
    ReachedMaxRestartIntensity,
    /// A child failed to start when the supervisor did.
    FailedToStartChild(ChildKey),
}
