//! What a machine is at, and what waits for it.

use std::time::Duration;

use super::super::protocol::{ChildKey, End, Ticket};
use super::super::rules::Ending;

/// What is under way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Nothing.
    Idle,
    /// The children in `from..below` have still to be stopped, the last one first.
    Stop { from: ChildKey, below: ChildKey, then: Then },
    /// The children in `from..below` have still to be started, in order.
    Start { from: ChildKey, below: ChildKey, why: Why },
    /// It is all over.
    Ended,
}

/// What follows when children have been stopped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    Idle,
    /// Those in `from..below` are started.
    Restart {
        from: ChildKey,
        below: ChildKey,
    },
    /// The restart of this child has to wait.
    Wait {
        child: ChildKey,
        delay: Duration,
    },
    End(End),
}

impl Then {
    /// Whether they will be started again.
    pub(super) fn is_a_restart(self) -> bool {
        matches!(self, Self::Restart { .. } | Self::Wait { .. })
    }
}

/// Why children are started, which says what a failure means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    /// The supervisor starts: it fails with the child.
    Init,
    /// A child ended: it is tried again.
    Restart,
    /// `start_child`: the child is not kept.
    StartChild,
    /// `restart_child`: the child stays as it was.
    RestartChild,
}

/// A message in the line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waiting {
    /// This process of this child ended. It means nothing once the child has been stopped.
    Exit {
        child: ChildKey,
        run: u64,
        ending: Ending,
    },
    Retry(ChildKey),
    WaitOver {
        child: ChildKey,
        ticket: Ticket,
    },
}
