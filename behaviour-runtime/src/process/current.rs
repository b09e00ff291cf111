//! Which process runs on this thread.
//!
//! Whoever runs a callback, the process's task or a caller, enters a frame around it. Frames nest, for a callback may
//! call another server in place; the chain says who waits for whom on this very thread.

use std::cell::Cell;
use std::sync::Arc;

use tokio::runtime::{self, Handle};
use tokio::task;

use super::cell::ProcessCell;
use super::pid::Pid;

/// How many calls in place may nest before the next one goes through the mailbox.
const DEPTH: u32 = 16;

thread_local! {
    static TOP: Cell<*const Frame> = const { Cell::new(std::ptr::null()) };
    /// The runtime of the tokio task that asked last; tasks never change theirs.
    static LAST: Cell<Option<(task::Id, Option<runtime::Id>)>> = const { Cell::new(None) };
}

/// A process running on this thread, and the frame below it.
struct Frame {
    process: *const Arc<ProcessCell>,
    below: *const Frame,
    depth: u32,
}

/// Runs `f` as `process`.
#[allow(unsafe_code)]
#[inline]
pub(crate) fn with<R>(process: &Arc<ProcessCell>, f: impl FnOnce() -> R) -> R {
    let below = TOP.get();
    // SAFETY: a frame on the stack outlives everything above it, so `below` is null or points to a living frame.
    let depth = unsafe { below.as_ref() }.map_or(0, |frame| frame.depth + 1);
    let frame = Frame { process, below, depth };
    TOP.set(&raw const frame);
    let pop = Pop(below);
    let result = f();
    drop(pop);
    result
}

struct Pop(*const Frame);

impl Drop for Pop {
    #[inline]
    fn drop(&mut self) {
        TOP.set(self.0);
    }
}

/// Looks at the process that runs on this thread.
#[allow(unsafe_code)]
pub(crate) fn look<R>(f: impl FnOnce(&Arc<ProcessCell>) -> R) -> Option<R> {
    // SAFETY: the top frame is on the stack below us, and so is the handle that it points to.
    unsafe { TOP.get().as_ref() }.map(|frame| f(unsafe { &*frame.process }))
}

/// The process that runs on this thread.
pub(crate) fn process() -> Option<Arc<ProcessCell>> {
    look(Arc::clone)
}

/// The processes that run on this thread, innermost first.
#[allow(unsafe_code)]
pub(crate) fn stack() -> Vec<Pid> {
    let mut pids = Vec::new();
    let mut frame = TOP.get();
    // SAFETY: as in `look`, for every frame of the chain.
    while let Some(top) = unsafe { frame.as_ref() } {
        pids.push(unsafe { &*top.process }.pid());
        frame = top.below;
    }
    pids
}

/// Whether a call in place may run `process` on this thread: it is in that process's runtime, and not too deep.
#[allow(unsafe_code)]
#[inline]
pub(crate) fn may_run(process: &ProcessCell) -> bool {
    // SAFETY: as in `look`.
    if let Some(frame) = unsafe { TOP.get().as_ref() } {
        return frame.depth < DEPTH && unsafe { &*frame.process }.runtime() == process.runtime();
    }
    let here = match (task::try_id(), LAST.get()) {
        (Some(task), Some((last, runtime))) if task == last => runtime,
        (task, _) => {
            let runtime = Handle::try_current().ok().map(|handle| handle.id());
            LAST.set(task.map(|task| (task, runtime)));
            runtime
        }
    };
    here == Some(process.runtime())
}
