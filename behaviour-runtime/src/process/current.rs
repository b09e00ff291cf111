//! Which process runs on this thread.
//!
//! Whoever runs a callback, the process's task or a caller, enters a frame around it. Frames nest, for a callback may
//! call another server in place; the chain says who waits for whom on this very thread.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::runtime::{self, Handle};
use tokio::task;

use super::address::Address;
use super::cell::ProcessCell;
use super::pid::Pid;
use super::table;

/// How many calls in place may nest before the next one goes through the mailbox.
const DEPTH: u32 = 16;

/// What a thread knows; without a destructor, so that looking costs one load.
struct Here {
    top: Cell<*const Frame>,
    /// The tokio task that asked last for its runtime, which tasks never change.
    task: Cell<Option<task::Id>>,
    runtime: Cell<Option<runtime::Id>>,
}

thread_local! {
    static HERE: Here = const {
        Here { top: Cell::new(std::ptr::null()), task: Cell::new(None), runtime: Cell::new(None) }
    };
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
    let below = top();
    // SAFETY: a frame on the stack outlives everything above it, so `below` is null or points to a living frame.
    let depth = unsafe { below.as_ref() }.map_or(0, |frame| frame.depth + 1);
    let frame = Frame { process, below, depth };
    HERE.with(|here| here.top.set(&raw const frame));
    let pop = Pop(below);
    let result = f();
    drop(pop);
    result
}

struct Pop(*const Frame);

impl Drop for Pop {
    #[inline]
    fn drop(&mut self) {
        HERE.with(|here| here.top.set(self.0));
    }
}

#[inline]
fn top() -> *const Frame {
    HERE.with(|here| here.top.get())
}

/// Looks at the process that runs on this thread.
#[allow(unsafe_code)]
#[inline]
pub(crate) fn look<R>(f: impl FnOnce(&Arc<ProcessCell>) -> R) -> Option<R> {
    // SAFETY: the top frame is on the stack below us, and so is the handle that it points to.
    unsafe { top().as_ref() }.map(|frame| f(unsafe { &*frame.process }))
}

/// The process that runs on this thread.
pub(crate) fn process() -> Option<Arc<ProcessCell>> {
    look(Arc::clone)
}

/// Whether the process that runs on this thread has not said yet that it runs, and whoever is at this address waits for
/// that: because it starts this one, or one that starts this one, and so on. All of them, this one first.
pub(crate) fn is_started_under(address: &Address) -> Option<Vec<Pid>> {
    // As a rule it has been started.
    let mut process = look(|process| is_starting(process).then(|| Arc::clone(process))).flatten()?;
    let mut chain = vec![process.pid()];
    while is_starting(&process) {
        let parent = process.relations().tables.as_ref()?.parent?;
        process = table::find(parent)?;
        chain.push(parent);
        if address.is_of(&process) {
            return Some(chain);
        }
    }
    None
}

fn is_starting(process: &ProcessCell) -> bool {
    process.starting.load(Ordering::Acquire)
}

/// The processes that run on this thread, innermost first.
#[allow(unsafe_code)]
pub(crate) fn stack() -> Vec<Pid> {
    let mut pids = Vec::new();
    let mut frame = top();
    // SAFETY: as in `look`, for every frame of the chain.
    while let Some(top) = unsafe { frame.as_ref() } {
        pids.push(unsafe { &*top.process }.pid());
        frame = top.below;
    }
    pids
}

/// Whether this process runs on this thread, perhaps below others.
#[allow(unsafe_code)]
pub(crate) fn runs(pid: Pid) -> bool {
    let mut frame = top();
    // SAFETY: as in `look`, for every frame of the chain.
    while let Some(top) = unsafe { frame.as_ref() } {
        if unsafe { &*top.process }.pid() == pid {
            return true;
        }
        frame = top.below;
    }
    false
}

/// Whether a call in place may run `process` on this thread: it is in that process's runtime, and not too deep.
#[allow(unsafe_code)]
#[inline]
pub(crate) fn may_run(process: &ProcessCell) -> bool {
    // SAFETY: as in `look`.
    unsafe { top().as_ref() }.is_none_or(|frame| frame.depth < DEPTH) && runtime() == Some(process.runtime())
}

/// The tokio runtime that this thread is in, if any.
#[allow(unsafe_code)]
#[inline]
pub(crate) fn runtime() -> Option<runtime::Id> {
    // SAFETY: as in `look`.
    if let Some(frame) = unsafe { top().as_ref() } {
        return Some(unsafe { &*frame.process }.runtime());
    }
    let task = task::try_id();
    HERE.with(|here| if task.is_some() && here.task.get() == task { here.runtime.get() } else { look_up(here, task) })
}

#[cold]
fn look_up(here: &Here, task: Option<task::Id>) -> Option<runtime::Id> {
    let runtime = Handle::try_current().ok().map(|handle| handle.id());
    here.task.set(task);
    here.runtime.set(runtime);
    runtime
}
