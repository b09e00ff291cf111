//! A call in place: the caller runs the idle server where it stands.
//!
//! ```text
//! caller                                    server's cell
//! enter() ──── turn: IDLE → RUNNING ──────►
//! handle(message), under catch_unwind,      state, context
//!   as the server's process
//! ◄── reply written where the caller wants it
//! leave() ──── turn: RUNNING → IDLE ──────► (or wake the task, if something came meanwhile)
//! ```
//!
//! The caller never ends a server. Where the callback asks for more than a reply (to stop, to continue, to be woken),
//! where it panics, or where it has to wait, the turn goes to the server's own task, and the caller waits at a node.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Context;

use super::cell::ProcessCell;
use super::current;
use super::functions::Step;
use super::node::{Node, ReplyType};
use super::turn::Owed;
use super::{end, runner};

/// How often a caller looks whether another caller is done, before it queues.
const PATIENCE: u32 = 200;

/// Takes the turn of a server that is idle and may run here.
#[inline]
pub(crate) fn enter(process: &ProcessCell) -> bool {
    process.table().inline && current::may_run(process) && (process.turn.enter() || wait_for_turn(process))
}

/// Runs the server on the spot and hands the turn back. The reply is at `place`, or will come to the node.
///
/// # Safety
/// The caller holds the turn. `place` has room for a reply of type `kind`, and `message` points to a message of this
/// process's type, which is not used again.
#[allow(unsafe_code)]
#[inline(never)] // Measured: a tenth faster so.
pub(crate) unsafe fn run(
    process: &Arc<ProcessCell>,
    message: *mut u8,
    place: *mut u8,
    kind: &'static ReplyType,
) -> Option<Arc<Node>> {
    let inside = process.inside();
    // SAFETY: we hold the turn, so the inside is ours; no reference into it is kept while the callback runs. The body
    // is there, for only a running server's turn can be entered.
    unsafe {
        (*inside).open(place, kind);
        let mut step = None;
        let done = current::with(process, || {
            catch_unwind(AssertUnwindSafe(|| {
                if (*inside).heeds_messages() {
                    runner::heed(process, message);
                }
                step = (process.table().handle)((*inside).body, message);
                if step.is_some() {
                    poll_first(process, &mut step);
                    if step.is_none()
                        && let Some(hooks) = process.table().hooks
                    {
                        step = (hooks.settle)((*inside).body);
                    }
                }
            }))
        });
        if done.is_ok() && step.is_none() && (*inside).filled && !(*inside).asked {
            (*inside).register.kind = None;
            pay(process, process.turn.leave());
            return None;
        }
        Some(leave_later(process, done, step))
    }
}

/// Polls an async callback for the first time; most are done then.
///
/// It is polled with the task's waker, so that what it waits for wakes the task.
#[inline(never)]
fn poll_first(process: &ProcessCell, step: &mut Step<'static>) {
    let Some(waker) = process.waker() else { return };
    let Some(future) = step else { return };
    if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
        let done = step.take();
        end::discard(done);
    }
}

/// The reply is not there yet, or more is to be done: leaves the rest to the task.
///
/// # Safety
/// The caller holds the turn and has run the callback.
#[allow(unsafe_code)]
#[cold]
unsafe fn leave_later(process: &Arc<ProcessCell>, done: std::thread::Result<()>, step: Step<'static>) -> Arc<Node> {
    let inside = process.inside();
    // SAFETY: we hold the turn.
    unsafe {
        let register = &mut (*inside).register;
        let node = register.node.clone().unwrap_or_else(|| {
            // From here on the reply has to lie in a node: the caller's own place is gone with this poll.
            let node = Arc::new(Node::new(register.kind.expect("a call has a reply type")));
            if (*inside).filled {
                node.kind().move_reply(register.place, node.place());
                node.fill();
            }
            register.place = node.place();
            register.node = Some(Arc::clone(&node));
            node
        });
        match done {
            Ok(()) if step.is_none() && register.place.is_null() && !(*inside).asked => {
                // The callback took the reply with it, to send it later.
                register.node = None;
                pay(process, process.turn.leave());
                return node;
            }
            Ok(()) => {
                if (*inside).filled && step.is_some() {
                    // What waits is no longer the call's own callback.
                    runner::publish(&mut *inside);
                }
                (*inside).parked = step;
            }
            Err(payload) => {
                let reason = super::report::panicked(payload);
                current::with(process, || end::discard(step));
                runner::crashed(process, reason);
            }
        }
        (*inside).asked = true;
        pay(process, process.turn.hand_over());
        node
    }
}

/// Does what is owed for a turn that was handed back.
#[inline]
fn pay(process: &Arc<ProcessCell>, owed: Owed) {
    match owed {
        Owed::Nothing => {}
        Owed::Wake => process.wake(),
        Owed::End => end::end_orphan(process),
    }
}

/// Waits a moment for a caller that runs the server in place; it takes less than a trip through the queue.
#[cold]
#[inline(never)]
fn wait_for_turn(process: &ProcessCell) -> bool {
    for _ in 0..PATIENCE {
        if !process.turn.is_briefly_taken() {
            return false;
        }
        if process.turn.enter() {
            return true;
        }
        std::hint::spin_loop();
    }
    false
}
