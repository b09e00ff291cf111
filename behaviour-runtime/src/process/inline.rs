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
use std::task::{Context, Poll};

use tokio::task::coop;

use super::cell::{ProcessCell, Register, Step};
use super::current;
use super::node::{Node, ReplyType};
use super::parcel::Parcel;
use super::runner;
use super::turn::Owed;

/// How often a caller looks whether another caller is done, before it queues.
const PATIENCE: u32 = 200;

/// How a call in place went.
pub(crate) enum Inline {
    /// The reply is where the caller wants it.
    Done,
    /// The message was taken; the reply will come to this node.
    Later(Arc<Node>),
    /// The server could not be run here; nothing happened.
    Busy,
    /// The caller's task has used up its share of time; nothing happened, it will be polled again.
    Yield,
}

/// Runs the server on the spot if it is idle.
///
/// # Safety
/// `place` has room for a reply of type `kind`, and `message` holds a message of this process's type. Unless the result
/// is `Busy` or `Yield`, the message has been moved out.
#[allow(unsafe_code)]
pub(crate) unsafe fn run_inline(
    process: &Arc<ProcessCell>,
    message: &mut Parcel,
    place: *mut u8,
    kind: &'static ReplyType,
    cx: &mut Context<'_>,
) -> Inline {
    let table = process.table();
    if !table.inline || !current::may_run(process) {
        return Inline::Busy;
    }
    let Poll::Ready(budget) = coop::poll_proceed(cx) else { return Inline::Yield };
    if !process.turn.enter() && !wait_for_turn(process) {
        return Inline::Busy;
    }
    budget.made_progress();
    let inside = process.inside();
    // SAFETY: we hold the turn, so the inside is ours; no reference into it is kept while the callback runs. The body
    // is there, for only a running server's turn can be entered. The message is this server's.
    unsafe {
        (*inside).register = Register { place, kind: Some(kind), filled: false, node: None };
        if let Some(extra) = &mut (*inside).extra
            && let Some(idle) = extra.idle.take()
        {
            runner::dropping(|| drop(idle));
        }
        let body = (*inside).body;
        (*inside).last = Some((table.message_name)(message.message()));
        let step = current::with(process, || {
            let handle = AssertUnwindSafe(|| (table.handle)(body, message.message()));
            let mut step = catch_unwind(handle)?;
            if let Some(future) = &mut step
                && let Some(waker) = process.waker.get()
            {
                // The callback is polled with the task's waker, so that what it waits for wakes the task.
                let poll = AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker)));
                if catch_unwind(poll)?.is_ready() {
                    step = None;
                }
            }
            Ok(step)
        });
        let register = &mut (*inside).register;
        if matches!(step, Ok(None)) && register.filled && !(*inside).asked {
            // The next message may be a call that nobody waits for.
            (register.place, register.kind) = (std::ptr::null_mut(), None);
            pay(process, process.turn.leave());
            return Inline::Done;
        }
        leave_later(process, step)
    }
}

/// The reply is not there yet, or more is to be done: leaves the rest to the task.
///
/// # Safety
/// The caller holds the turn and has run the callback.
#[allow(unsafe_code)]
#[cold]
unsafe fn leave_later(process: &Arc<ProcessCell>, step: std::thread::Result<Step<'static>>) -> Inline {
    let inside = process.inside();
    // SAFETY: we hold the turn.
    unsafe {
        let register = &mut (*inside).register;
        let node = register.node.clone().unwrap_or_else(|| {
            // From here on the reply has to lie in a node: the caller's own place is gone with this poll.
            let node = Arc::new(Node::new(register.kind.expect("a call has a reply type")));
            if register.filled {
                node.kind().move_reply(register.place, node.place());
                node.fill();
            }
            register.place = node.place();
            register.node = Some(Arc::clone(&node));
            node
        });
        match step {
            Ok(None) if register.place.is_null() && !(*inside).asked => {
                // The callback took the reply with it, to send it later.
                register.node = None;
                pay(process, process.turn.leave());
                return Inline::Later(node);
            }
            Ok(step) => (*inside).parked = step,
            Err(payload) => {
                let reason = super::report::panicked(payload);
                runner::crashed(process, reason);
            }
        }
        (*inside).asked = true;
        pay(process, process.turn.hand_over());
        Inline::Later(node)
    }
}

/// Does what is owed for a turn that was handed back.
#[inline]
fn pay(process: &Arc<ProcessCell>, owed: Owed) {
    match owed {
        Owed::Nothing => {}
        Owed::Wake => process.wake(),
        Owed::End => runner::end_orphan(process),
    }
}

/// Waits a moment for a caller that runs the server in place; it takes less than a trip through the queue.
#[cold]
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
