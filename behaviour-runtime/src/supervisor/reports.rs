//! What supervisors tell through `tracing`, under the target `behaviour::supervisor` (otp.md 7.3–7.7).

use std::sync::Arc;
use std::time::Duration;

use crate::process::{ExitReason, Pid, StartError};

/// Who reports.
#[derive(Debug, Clone)]
pub(super) struct Reporter {
    pub(super) supervisor: &'static str,
    pub(super) pid: Pid,
    pub(super) name: Option<Arc<str>>,
}

impl Reporter {
    /// A child was started, for the first time or again (a progress report). What is done by hand makes less noise.
    pub(super) fn child_started(&self, child: &str, pid: Pid, restarts: u64, by_hand: bool) {
        macro_rules! child_started {
            ($level:ident) => {
                tracing::$level!(
                    target: "behaviour::supervisor",
                    supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
                    child, child_pid = %pid, restarts,
                    "child_started"
                )
            };
        }
        if by_hand {
            child_started!(debug);
        } else {
            child_started!(info);
        }
    }

    /// A child ended that should not have.
    pub(super) fn child_terminated(&self, child: &str, reason: &ExitReason) {
        tracing::error!(
            target: "behaviour::supervisor",
            supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
            child, reason = %reason.in_report(),
            "child_terminated"
        );
    }

    /// A child will be restarted after a wait.
    pub(super) fn child_waits(&self, child: &str, delay: Duration) {
        tracing::info!(
            target: "behaviour::supervisor",
            supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
            child, ?delay,
            "child_waits"
        );
    }

    /// A child did not start.
    pub(super) fn start_error(&self, child: &str, error: &StartError) {
        tracing::error!(
            target: "behaviour::supervisor",
            supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
            child, %error,
            "start_error"
        );
    }

    /// A child that was told to shut down ended otherwise.
    pub(super) fn shutdown_error(&self, child: &str, reason: &ExitReason) {
        tracing::error!(
            target: "behaviour::supervisor",
            supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
            child, reason = %reason.in_report(),
            "shutdown_error"
        );
    }

    /// There were too many restarts: the supervisor gives up.
    pub(super) fn giving_up(&self, child: &str) {
        tracing::error!(
            target: "behaviour::supervisor",
            supervisor = self.supervisor, pid = %self.pid, name = self.name.as_deref(),
            child, reason = "reached_max_restart_intensity",
            "giving_up"
        );
    }
}
