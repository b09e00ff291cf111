//! What a manager tells through `tracing`, under the target `behaviour::event`.

use crate::process::cell::ProcessCell;
use crate::process::{ExitReason, Panic};

use super::id::HandlerId;
use super::member::Member;

/// A callback of a handler failed: the handler is removed (OTP's error report of `gen_event`).
pub(super) fn failed<E: 'static>(manager: &ProcessCell, member: &dyn Member<E>, reason: &ExitReason) {
    if !tracing::enabled!(target: "behaviour::event", tracing::Level::ERROR) {
        return;
    }
    let (state, callback) = member.describe();
    let panic = if let ExitReason::Panic(panic) = reason { Some(panic) } else { None };
    tracing::error!(
        target: "behaviour::event",
        pid = %manager.pid(),
        name = manager.name().as_deref(),
        handler = %member.id(),
        %reason,
        place = panic.and_then(Panic::place),
        backtrace = panic.and_then(Panic::backtrace).map(tracing::field::display),
        callback,
        state,
        "handler crashed"
    );
}

/// An `#[init]` returned an error or panicked.
pub(super) fn not_added(manager: &ProcessCell, handler: &HandlerId, reason: &ExitReason) {
    let panic = if let ExitReason::Panic(panic) = reason { Some(panic) } else { None };
    tracing::error!(
        target: "behaviour::event",
        pid = %manager.pid(),
        name = manager.name().as_deref(),
        %handler,
        %reason,
        place = panic.and_then(Panic::place),
        "handler not added"
    );
}

/// A `#[terminate]` panicked.
pub(super) fn failed_to_end(manager: &ProcessCell, handler: &HandlerId, reason: &ExitReason) {
    let panic = if let ExitReason::Panic(panic) = reason { Some(panic) } else { None };
    tracing::error!(
        target: "behaviour::event",
        pid = %manager.pid(),
        name = manager.name().as_deref(),
        %handler,
        %reason,
        place = panic.and_then(Panic::place),
        "handler crashed while it was removed"
    );
}

/// What makes an owner's message of a [`HandlerExit`](super::HandlerExit) panicked.
pub(super) fn owner_panicked(manager: &ProcessCell, reason: &ExitReason) {
    tracing::error!(target: "behaviour::event", pid = %manager.pid(), %reason, "an owner could not be told");
}

/// A message was shown to a handler that has no `#[info]` for it (OTP logs this, too, and goes on).
pub(super) fn unhandled(manager: &ProcessCell, handler: &HandlerId, sent: &'static str) {
    tracing::warn!(
        target: "behaviour::event",
        pid = %manager.pid(),
        name = manager.name().as_deref(),
        %handler,
        sent,
        "unhandled"
    );
}

/// A message was for all handlers, and to clone it panicked.
pub(super) fn not_cloned(manager: &ProcessCell, sent: &'static str, reason: &ExitReason) {
    tracing::error!(target: "behaviour::event", pid = %manager.pid(), sent, %reason, "a message could not be cloned");
}

/// A message was for a handler that is not there.
pub(super) fn undelivered(manager: &ProcessCell, handler: &HandlerId, callback: &'static str) {
    tracing::debug!(target: "behaviour::event", pid = %manager.pid(), %handler, callback, "undelivered");
}
