//! The end of a process. It ends here and nowhere else.
//!
//! Whoever ends a process holds its turn for good: its task, as a rule; the dropper of the task, or a caller that ran
//! the process in place meanwhile, when the runtime is shut down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::cell::{Pending, ProcessCell, Register, Stage, Step};
use super::error::CallError;
use super::mailbox::Word;
use super::reason::ExitReason;
use super::{current, report, start};

/// Runs a destructor of the user's; a panic of it is logged and goes no further.
pub(crate) fn dropping(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        report::panicked_dropping(&report::panicked(payload));
    }
}

/// The runtime dropped the task, and we hold the turn.
#[cold]
pub(crate) fn end_orphan(process: &Arc<ProcessCell>) {
    current::with(process, || end(process, ExitReason::Killed));
}

/// Ends the process: whoever calls this holds the turn and never gives it back.
///
/// In this order: the state is dropped, the name is free and the process no longer alive, what waits in the mailbox is
/// told or counted, the crash is reported, the starter, links, monitors and callers hear of it.
#[allow(unsafe_code)]
#[allow(clippy::needless_pass_by_value, reason = "the reason ends here, too")]
#[inline(never)]
pub(crate) fn end(process: &Arc<ProcessCell>, reason: ExitReason) {
    let (inside, table) = (process.inside(), process.table());
    // SAFETY: we hold the turn for good; the body is dropped once, for it is taken out.
    unsafe {
        // Replies that are dropped with the state belong to callers who will hear of the end instead.
        let laters = process.take_laters();
        let parked: Step<'static> = (*inside).parked.take();
        dropping(|| drop(parked));
        let body = std::mem::replace(&mut (*inside).body, std::ptr::null_mut());
        let (mut state, mut pending) = (String::new(), Vec::new());
        if !body.is_null() {
            if reason.is_abnormal() && !matches!(reason, ExitReason::Killed) && report::wants_crashes() {
                dropping(|| state = (table.describe)(body));
            }
            if let Some(hooks) = table.hooks {
                pending = (hooks.abandon)(body);
            }
            dropping(|| (table.drop_body)(body));
        }
        if (*inside).stage == Stage::Starting || (*inside).extra.as_ref().is_some_and(|extra| extra.ack.is_some()) {
            start::crashed(process);
        }
        let bereaved = process.begin_end(&reason);
        let (mut calls, mut casts) = clear_mailbox(process, &reason);
        for Pending { node, message } in pending {
            match node {
                Some(node) => {
                    calls += 1;
                    node.fail(CallError::Exited(reason.clone()));
                }
                None => casts += 1,
            }
            dropping(|| drop(message));
        }
        let crash = report::Crash { name: bereaved.name().cloned(), state, message: (*inside).last, calls, casts };
        report::ended(process, &reason, &crash);
        let register = std::mem::replace(&mut (*inside).register, Register::none());
        if let Some(node) = register.node {
            if (*inside).filled { node.publish() } else { node.fail(CallError::Exited(reason.clone())) }
        }
        for node in &laters {
            node.fail(CallError::Exited(reason.clone()));
        }
        let mut extra = (*inside).extra.take();
        let ack = extra.as_mut().and_then(|extra| extra.ack.take());
        dropping(|| drop(extra));
        process.turn.close();
        if let Some(seat) = bereaved.seat() {
            seat.ended(process.pid());
        }
        process.tell_end(bereaved, &reason);
        if let Some(ack) = ack {
            ack.ended(&reason);
        }
    }
}

/// Closes the mailbox. Callers are told why, everything else is counted.
#[allow(unsafe_code)]
unsafe fn clear_mailbox(process: &ProcessCell, reason: &ExitReason) -> (u32, u32) {
    let (table, inside) = (process.table(), process.inside());
    let queue = process.mailbox.with(|mailbox| {
        mailbox.close();
        std::mem::replace(&mut mailbox.queue, super::queue::Queue::new())
    });
    let (mut calls, mut casts) = (0, 0);
    // SAFETY: we hold the turn, so the batch is ours; the queue is out of the mailbox. Each entry is taken out once, its
    // message dropped once.
    unsafe {
        let batch = std::mem::replace(&mut (*inside).batch, super::queue::Queue::new());
        for mut queue in [batch, queue] {
            while let Some((word, message)) = queue.pop(table.shape) {
                match Word::from_raw(word) {
                    Word::Stop(_) | Word::System(_) => continue,
                    Word::Call(node) => {
                        calls += 1;
                        node.fail(CallError::Exited(reason.clone()));
                    }
                    Word::Message => casts += 1,
                    Word::Down(_) => {}
                }
                dropping(|| (table.drop_message)(message));
            }
            queue.release(table.shape);
        }
    }
    (calls, casts)
}
