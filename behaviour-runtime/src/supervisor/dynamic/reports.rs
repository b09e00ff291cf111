//! What dynamic supervisors tell through `tracing`, under the target `behaviour::supervisor`.
//!
//! As in OTP, children that are started make no noise. A child has no id; it is told by the pid that it had.

use std::sync::Arc;

use crate::process::{ExitReason, Pid, StartError};

/// Who reports.
#[derive(Debug, Clone)]
pub(super) struct Reporter {
    pub(super) supervisor: &'static str,
    pub(super) pid: Pid,
    pub(super) name: Option<Arc<str>>,
}

macro_rules! report {
    ($reporter:ident, $what:literal, $($field:tt)*) => {
        tracing::error!(
            target: "behaviour::supervisor",
            supervisor = $reporter.supervisor, pid = %$reporter.pid, name = $reporter.name.as_deref(),
            $($field)*,
            $what
        )
    };
}

impl Reporter {
    /// A child ended that should not have.
    pub(super) fn child_terminated(&self, child: Pid, reason: &ExitReason) {
        report!(self, "child_terminated", child_pid = %child, reason = %reason.in_report());
    }

    /// A child did not start again.
    pub(super) fn start_error(&self, child: Pid, error: &StartError) {
        report!(self, "start_error", child_pid = %child, %error);
    }

    /// A child that was told to shut down ended otherwise.
    pub(super) fn shutdown_error(&self, child: Pid, reason: &ExitReason) {
        report!(self, "shutdown_error", child_pid = %child, reason = %reason.in_report());
    }

    /// Children that were told to shut down ended otherwise, so many for this reason.
    pub(super) fn shutdown_errors(&self, reason: &str, children: usize) {
        report!(self, "shutdown_error", children, reason);
    }

    /// There were too many restarts: the supervisor gives up.
    pub(super) fn giving_up(&self, child: Pid) {
        report!(self, "giving_up", child_pid = %child, reason = "reached_max_restart_intensity");
    }
}
