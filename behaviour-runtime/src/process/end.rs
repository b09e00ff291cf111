//! The end of a process. It ends here and nowhere else.
//!
//! Whoever ends a process holds its turn for good: its task, as a rule; the dropper of the task, or a caller that ran
//! the process in place meanwhile, when the runtime is shut down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::cell::ProcessCell;
use super::error::CallError;
use super::functions::{Pending, Step};
use super::inside::{Register, Stage};
use super::mailbox::Word;
use super::node::Node;
use super::reason::ExitReason;
use super::sys::Status;
use super::{current, report, start};

/// Runs a destructor of the user's; a panic of it is logged and goes no further.
pub(crate) fn dropping(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        report::panicked_dropping(&report::panicked(payload));
    }
}

/// Drops something of the user's, as [`dropping`] does.
#[inline]
pub(crate) fn discard<T>(value: T) {
    dropping(|| drop(value));
}

/// The runtime dropped the task, and we hold the turn.
#[cold]
pub(crate) fn end_orphan(process: &Arc<ProcessCell>) {
    current::with(process, || end(process, ExitReason::Killed));
}

/// Ends the process: whoever calls this holds the turn and never gives it back.
///
/// In this order: the state is dropped, the name is free and the process no longer alive, the mailbox is closed and what
/// waits there counted, the end is reported, links and monitors hear of it, then callers, then whoever else waits. So a
/// supervisor has heard of the end before anybody can ask it who waited for that.
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
        discard(parked);
        let body = std::mem::replace(&mut (*inside).body, std::ptr::null_mut());
        let (mut status, mut pending) = (None, Vec::new());
        if reason.is_abnormal() && !matches!(reason, ExitReason::Killed) && report::wants_reasons() {
            let mut shown = Status::at_end(process, body, &reason);
            report::hide(&mut shown, &reason);
            status = Some(Box::new(shown));
        }
        if !body.is_null() {
            if let Some(hooks) = table.hooks {
                pending = (hooks.abandon)(body);
            }
            dropping(|| (table.drop_body)(body));
        }
        if (*inside).stage == Stage::Starting || (*inside).extra.as_ref().is_some_and(|extra| extra.ack.is_some()) {
            start::crashed(process);
        }
        let mut bereaved = process.begin_end(&reason);
        let mut callers = Vec::new();
        let mut casts = clear_mailbox(process, &mut callers);
        for Pending { node, message } in pending {
            match node {
                Some(node) => callers.push(node),
                None => casts += 1,
            }
            discard(message);
        }
        let calls = u32::try_from(callers.len()).unwrap_or(u32::MAX);
        let crash = report::Crash { name: bereaved.name().cloned(), status, calls, casts };
        report::ended(process, &reason, &crash);
        let (register, filled) = (std::mem::replace(&mut (*inside).register, Register::none()), (*inside).filled);
        let mut extra = (*inside).extra.take();
        let ack = extra.as_mut().and_then(|extra| extra.ack.take());
        discard(extra);
        process.turn.close();
        process.tell_relations(&mut bereaved, &reason);
        if let Some(seat) = bereaved.seat() {
            seat.ended(process.pid());
        }
        if let Some(node) = register.node {
            if filled { node.publish() } else { node.fail(CallError::Exited(reason.clone())) }
        }
        for node in callers.iter().chain(&laters) {
            node.fail(CallError::Exited(reason.clone()));
        }
        process.tell_others(bereaved);
        if let Some(ack) = ack {
            ack.ended(&reason);
        }
    }
}

/// Closes the mailbox. Finds those who wait for an answer, and counts the other messages.
#[allow(unsafe_code)]
unsafe fn clear_mailbox(process: &ProcessCell, callers: &mut Vec<Arc<Node>>) -> u32 {
    let (table, inside) = (process.table(), process.inside());
    let queue = process.mailbox.with(|mailbox| {
        mailbox.close();
        std::mem::replace(&mut mailbox.queue, super::queue::Queue::new())
    });
    let mut casts = 0;
    // SAFETY: we hold the turn, so the batch is ours; the queue is out of the mailbox. Each entry is taken out once, its
    // message dropped once.
    unsafe {
        let batch = std::mem::replace(&mut (*inside).batch, super::queue::Queue::new());
        for mut queue in [batch, queue] {
            while let Some((word, message)) = queue.pop(table.shape) {
                match Word::from_raw(word) {
                    Word::Stop(_) | Word::System(_) => continue,
                    Word::Call(node) => callers.push(node),
                    Word::Message => casts += 1,
                    Word::Down(_) => {}
                }
                dropping(|| (table.drop_message)(message));
            }
            queue.release(table.shape);
        }
    }
    casts
}
