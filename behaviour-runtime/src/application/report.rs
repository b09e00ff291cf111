//! What is told of applications through `tracing`, under the target `behaviour::application`.

use std::time::Duration;

use crate::process::{ExitReason, Pid};
use crate::supervisor::Restart;

use super::controller::Cause;
use super::error::ApplicationError;

/// An application was started (a progress report).
pub(super) fn started(application: &'static str, top: Option<Pid>) {
    tracing::info!(
        target: "behaviour::application",
        application, top = top.map(tracing::field::display),
        "started"
    );
}

/// An application did not start.
pub(super) fn not_started(application: &'static str, error: &ApplicationError) {
    tracing::error!(target: "behaviour::application", application, %error, "not_started");
}

/// An application has ended: by itself for this reason, or as it was told to.
pub(super) fn exited(application: &'static str, by_itself: Option<&ExitReason>, restart: Restart) {
    let kind = match restart {
        Restart::Permanent => "permanent",
        Restart::Transient => "transient",
        Restart::Temporary => "temporary",
    };
    let exited = by_itself.map_or_else(|| "stopped".to_owned(), |reason| reason.in_report().to_string());
    macro_rules! exited {
        ($level:ident) => {
            tracing::$level!(target: "behaviour::application", application, exited, kind, "exited")
        };
    }
    // OTP says it as a notice, a level that `tracing` does not have.
    if by_itself.is_none() { exited!(info) } else { exited!(warn) }
}

/// An application has not stopped within its `shutdown_timeout`, and what was left of it was killed.
pub(super) fn killed(application: &'static str, shutdown_timeout: Duration) {
    tracing::error!(target: "behaviour::application", application, ?shutdown_timeout, "killed");
}

/// All applications are being stopped.
pub(super) fn shutting_down(cause: &Cause) {
    match cause {
        Cause::Asked => tracing::info!(target: "behaviour::application", "shutting_down"),
        Cause::Ended(application, reason) => {
            tracing::error!(target: "behaviour::application", application, reason = %reason.in_report(), "shutting_down");
        }
        Cause::NotStarted(error) => tracing::error!(target: "behaviour::application", %error, "shutting_down"),
    }
}
