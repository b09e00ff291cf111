//! Handling what waits: a batch of messages, one after the other.
//!
//! This is the loop that a busy server spends its time in, so it does nothing for a message that not every message
//! needs: what a callback may have asked for, a signal and the budget are looked at, everything else is the runner's.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::cell::ProcessCell;
use super::mailbox::Word;
use super::reason::ExitReason;
use super::runner::{crashed, publish};
use super::{report, runner};

/// Words of a message that is taken out of a bounded mailbox without an allocation.
const SMALL: usize = 8;

/// How the messages that waited were handled.
pub(super) enum Drained {
    /// None is left.
    Empty,
    /// Something else is to be done first.
    Again,
    /// The process shall end, after what was sent before.
    Stop(ExitReason),
    /// A system request is to be answered, after what was sent before.
    System(u32),
}

/// Handles messages one after the other, until something else is to be done.
///
/// What a callback may have asked for is looked at after each; one `catch_unwind` does for all of them, for the
/// callback that panicked is the last that was noted.
#[allow(unsafe_code)]
pub(super) fn drain(process: &Arc<ProcessCell>, budget: &mut u32) -> Drained {
    let (inside, table) = (process.inside(), process.table());
    let mut copy = Copied::new();
    // SAFETY: the task holds the turn, so the inside is its own, but for references into it while a callback runs. A
    // message is this process's and is moved out by the callback; the body is there, for the process runs.
    let drained = catch_unwind(AssertUnwindSafe(|| unsafe {
        while let Some((word, message)) = next(process, &mut copy) {
            *budget -= 1;
            if !Word::is_message(word) {
                match Word::from_raw(word) {
                    Word::Stop(reason) => return Drained::Stop(reason.map(|reason| *reason).unwrap_or_default()),
                    Word::Call(node) => (*inside).open_at(node),
                    Word::System(request) => return Drained::System(request),
                    Word::Message | Word::Down(_) => {}
                }
            }
            if (*inside).heeds_messages() {
                runner::heed(process, message);
            }
            let step = (table.handle)((*inside).body, message);
            if step.is_some() {
                // Most async callbacks are done at their first poll, which comes right away.
                (*inside).parked = step;
                return Drained::Again;
            }
            if (*inside).asked {
                return Drained::Again;
            }
            publish(&mut *inside);
            if *budget == 0 || process.turn.is_signalled() || process.has_timers() {
                return Drained::Again;
            }
        }
        Drained::Empty
    }));
    drained.unwrap_or_else(|payload| {
        crashed(process, report::panicked(payload));
        Drained::Again
    })
}

/// Where a message of a bounded mailbox lies while it is handled.
struct Copied {
    small: MaybeUninit<[u128; SMALL]>,
    large: Vec<u128>,
}

impl Copied {
    fn new() -> Self {
        Self { small: MaybeUninit::uninit(), large: Vec::new() }
    }

    /// Room for this many bytes.
    fn place(&mut self, size: usize) -> *mut u8 {
        if size <= size_of_val(&self.small) {
            return self.small.as_mut_ptr().cast();
        }
        self.large.reserve(size.div_ceil(size_of::<u128>()));
        self.large.as_mut_ptr().cast()
    }
}

/// Takes the next entry: its word, and where its message lies until the next one is taken.
///
/// # Safety
/// The caller holds the turn.
#[allow(unsafe_code)]
#[inline]
unsafe fn next(process: &ProcessCell, copy: &mut Copied) -> Option<(usize, *mut u8)> {
    let (inside, table) = (process.inside(), process.table());
    // SAFETY: as promised by the caller, the batch is ours.
    if let Some(entry) = unsafe { (*inside).batch.pop(table.shape) } {
        return Some(entry);
    }
    if !process.turn.is_wanted() {
        return None;
    }
    // SAFETY: as promised by the caller.
    unsafe { fetch(process, copy) }
}

/// Takes over what lies in the mailbox: everything, or one message of a bounded one.
///
/// # Safety
/// The caller holds the turn, and its batch is empty.
#[allow(unsafe_code)]
#[inline(never)]
unsafe fn fetch(process: &ProcessCell, copy: &mut Copied) -> Option<(usize, *mut u8)> {
    let (inside, table) = (process.inside(), process.table());
    if table.capacity == 0 {
        // SAFETY: as promised by the caller, the batch is ours.
        let batch = unsafe { &mut (*inside).batch };
        process.mailbox.with(|mailbox| {
            batch.take_over(&mut mailbox.queue);
            process.turn.unwant();
        });
        return batch.pop(table.shape);
    }
    let place = copy.place(table.shape.size());
    process.mailbox.with(|mailbox| {
        let (word, message) = mailbox.queue.pop(table.shape)?;
        if mailbox.queue.is_empty() {
            process.turn.unwant();
        }
        // SAFETY: the message is copied before the lock is opened, and not used again where it was.
        unsafe { std::ptr::copy_nonoverlapping(message, place, table.shape.size()) };
        Some((word, place))
    })
}
