//! The process's own task: the runner that is always there.
//!
//! One poll goes round until there is nothing to do: an exit signal first, then the callback that waits, then what the
//! last callback asked for (to stop, to continue), timers that are due, and the messages, a batch at a time. It is one
//! hand-written future for all processes, eight bytes that point to the cell, so an idle process costs little more than
//! its state. Its end is in `end.rs`, the loop over messages in `drain.rs`, what
//! time brings in `clock.rs`.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::cell::ProcessCell;
use super::clock::{arm, arm_parked, expire_timeouts, fire_timers, idle_is_over, trim};
use super::current;
use super::drain::{Drained, drain};
use super::end::{discard, end, end_orphan};
use super::error::{CallError, StartError};
use super::functions::{Hooks, Pending, Proceed};
use super::inside::{Inside, Register, Stage};
use super::reason::ExitReason;
use super::report;
use super::start::{self, InitOutcome};
use super::sys::{self, Event};
use super::turn::Resumed;

/// Messages handled before the task lets others run, as tokio's channels do.
const BATCH: u32 = 128;

/// The task of a process.
#[derive(Debug)]
pub(crate) struct ProcessTask(pub(crate) Arc<ProcessCell>);

impl Future for ProcessTask {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let process = &self.0;
        // SAFETY: this is the process's one task, and it is polled by one thread at a time.
        #[allow(unsafe_code)]
        unsafe {
            process.keep_waker(cx.waker());
        }
        match process.turn.resume() {
            Resumed::Closed => Poll::Ready(()),
            Resumed::Elsewhere => Poll::Pending,
            Resumed::Mine => current::with(process, || run(process, cx)),
        }
    }
}

impl Drop for ProcessTask {
    fn drop(&mut self) {
        // The runtime is shut down: the process ends as if it were killed.
        if self.0.turn.orphan() {
            end_orphan(&self.0);
        }
    }
}

/// What is to be done next.
pub(super) enum Next {
    /// Look again.
    Again,
    /// Nothing: wait.
    Wait,
    /// The process ends.
    End(ExitReason),
}

/// Runs the process, whose turn the task holds.
fn run(process: &Arc<ProcessCell>, cx: &mut Context<'_>) -> Poll<()> {
    let mut budget = BATCH;
    loop {
        match step(process, cx, &mut budget) {
            Next::Again => {}
            Next::Wait => return Poll::Pending,
            Next::End(reason) => {
                end(process, reason);
                return Poll::Ready(());
            }
        }
    }
}

/// One thing at a time, the most urgent first.
#[allow(unsafe_code)]
fn step(process: &Arc<ProcessCell>, cx: &mut Context<'_>, budget: &mut u32) -> Next {
    let inside = process.inside();
    if process.turn.is_signalled() {
        if let Some(reason) = process.take_exit() {
            return Next::End(reason);
        }
        sys::attend(process);
    }
    fire_timers(process);
    expire_timeouts(process, false);
    // SAFETY: the task holds the turn; every reference into the inside ends before user code runs.
    unsafe {
        if let Some(future) = &mut (*inside).parked {
            let future: *mut _ = future.as_mut().get_unchecked_mut();
            let poll = AssertUnwindSafe(|| Pin::new_unchecked(&mut *future).poll(cx));
            match catch_unwind(poll) {
                Ok(Poll::Pending) => {
                    if arm_parked(process, cx) {
                        return Next::Again;
                    }
                    return if process.turn.park() { Next::Wait } else { Next::Again };
                }
                Ok(Poll::Ready(())) => {
                    let done = (*inside).parked.take();
                    discard(done);
                }
                Err(payload) => {
                    let failed = (*inside).parked.take();
                    discard(failed);
                    crashed(process, report::panicked(payload));
                }
            }
            return after_callback(process);
        }
        if *budget == 0 {
            // Others shall run, too. The turn stays with the task.
            expire_timeouts(process, true);
            cx.waker().wake_by_ref();
            return if process.turn.park() { Next::Wait } else { Next::Again };
        }
        if (*inside).asked {
            // What a process gives itself to do is paid for like what others send it.
            *budget -= 1;
            return after_callback(process);
        }
        match drain(process, budget) {
            Drained::Empty => {}
            Drained::Again => return Next::Again,
            Drained::Stop(reason) => return terminate(process, reason),
            Drained::System(request) => {
                sys::answer(process, request);
                return Next::Again;
            }
        }
        if (*inside).extra.is_some() && idle_is_over(process) {
            return Next::Again;
        }
        if let Some(hooks) = process.table().hooks
            && (hooks.rest)((*inside).body)
        {
            (*inside).asked = true;
            return Next::Again;
        }
        trim(process);
        if arm(process, cx) {
            return Next::Again;
        }
        if process.turn.rest() { Next::Wait } else { Next::Again }
    }
}

/// What the last callback left behind: its reply, and what it asked for.
#[allow(unsafe_code)]
#[inline(never)]
fn after_callback(process: &Arc<ProcessCell>) -> Next {
    let inside = process.inside();
    // SAFETY: the task holds the turn.
    let (stage, extra) = unsafe {
        if (*inside).extra.as_ref().is_some_and(|extra| extra.debug.is_some()) {
            let replied = (*inside).filled;
            (*inside).tell_watchers(|debug| debug.is_done(replied));
        }
        (*inside).asked = false;
        ((*inside).stage, (*inside).extra.as_deref_mut())
    };
    if stage == Stage::Ending {
        let mut crash = extra.and_then(|extra| extra.stop.take().or_else(|| extra.ending.take()));
        return Next::End(crash.take().unwrap_or_default());
    }
    if stage == Stage::Starting {
        return after_init(process);
    }
    if process.table().plain {
        // The whole life of a plain process is one callback; an exit signal that came before its end still counts.
        let stop = extra.and_then(|extra| extra.stop.take());
        let exit = if process.turn.is_signalled() { process.take_exit() } else { None };
        return Next::End(exit.or(stop).unwrap_or_default());
    }
    if let Some(reason) = extra.and_then(|extra| extra.stop.take()) {
        // A state machine's replies go out before it terminates, a server's after that.
        // SAFETY: the task holds the turn.
        unsafe {
            if process.table().hooks.is_some() && (*inside).filled {
                publish(&mut *inside);
            }
        }
        return terminate(process, reason);
    }
    // SAFETY: the task holds the turn.
    unsafe {
        publish(&mut *inside);
        if let Some(hooks) = process.table().hooks {
            return proceed(process, hooks);
        }
        if let Some(parcel) = (*inside).extra.as_mut().and_then(|extra| extra.continues.pop_front()) {
            (*inside).asked = true;
            return handle_parcel(process, parcel);
        }
    }
    Next::Again
}

/// A state machine goes on after a callback.
///
/// # Safety
/// The task holds the turn, and the process runs.
#[allow(unsafe_code)]
unsafe fn proceed(process: &Arc<ProcessCell>, hooks: &Hooks) -> Next {
    let inside = process.inside();
    // SAFETY: as promised by the caller, the body is there and ours.
    unsafe {
        let body = (*inside).body;
        match catch_unwind(AssertUnwindSafe(|| (hooks.proceed)(body))) {
            Ok(Proceed::Nothing) => {}
            Ok(Proceed::Wait(step)) => (*inside).parked = Some(step),
            Ok(Proceed::Event(Pending { node, message })) => {
                if let Some(node) = node {
                    (*inside).open_at(node);
                }
                (*inside).asked = true;
                return handle_parcel(process, message);
            }
            Err(payload) => crashed(process, report::panicked(payload)),
        }
    }
    Next::Again
}

/// The reply of a call that waits at a node goes out.
#[inline]
pub(crate) fn publish(inside: &mut Inside) {
    if inside.register.node.is_some() {
        publish_at_node(inside);
    }
}

fn publish_at_node(inside: &mut Inside) {
    let Register { node, place, .. } = std::mem::replace(&mut inside.register, Register::none());
    // Without a place the callback took the reply with it, to send it later.
    if let Some(node) = node.filter(|_| !place.is_null()) {
        if inside.filled {
            node.publish();
        } else {
            node.fail(CallError::NoReply);
        }
    }
}

/// `init` is done: tells the starter, or ends.
#[allow(unsafe_code)]
fn after_init(process: &Arc<ProcessCell>) -> Next {
    let inside = process.inside();
    // SAFETY: the task holds the turn.
    let (outcome, crash) = unsafe {
        let extra = (*inside).extra();
        (extra.init.take(), extra.stop.take())
    };
    match (outcome, crash) {
        (Some(InitOutcome::Ready), crash) => {
            // SAFETY: the task holds the turn.
            unsafe {
                (*inside).stage = Stage::Running;
                (*inside).asked = true;
                if let Some(reason) = crash {
                    (*inside).extra().stop = Some(reason);
                }
            }
            start::acknowledge(process);
            Next::Again
        }
        (Some(InitOutcome::Ignored), _) => {
            start::refuse(process, StartError::Ignored);
            Next::End(ExitReason::Normal)
        }
        (Some(InitOutcome::Failed(reason)), _) => {
            start::refuse(process, StartError::Failed(reason));
            Next::End(ExitReason::Normal)
        }
        (None, crash) => Next::End(crash.unwrap_or_default()),
    }
}

/// Runs the terminate callback, then ends.
#[allow(unsafe_code)]
#[inline(never)]
fn terminate(process: &Arc<ProcessCell>, reason: ExitReason) -> Next {
    let inside = process.inside();
    // SAFETY: the task holds the turn; the body is there, for the process runs.
    unsafe {
        (*inside).stage = Stage::Ending;
        let body = (*inside).body;
        match catch_unwind(AssertUnwindSafe(|| (process.table().terminate)(body, reason.clone()))) {
            Ok(None) => {
                let asked = (*inside).extra.as_mut().and_then(|extra| extra.stop.take());
                return Next::End(asked.unwrap_or(reason));
            }
            Ok(step) => (*inside).parked = step,
            Err(payload) => crashed(process, report::panicked(payload)),
        }
        (*inside).extra().ending = Some(reason);
        (*inside).asked = true;
    }
    Next::Again
}

/// A callback failed: the process shall end for this.
#[allow(unsafe_code)]
pub(crate) fn crashed(process: &Arc<ProcessCell>, reason: ExitReason) {
    let inside = process.inside();
    // SAFETY: whoever ran the callback holds the turn.
    unsafe {
        let extra = (*inside).extra();
        extra.stop = Some(reason);
        if let Some(debug) = &mut extra.debug {
            debug.is_lost();
        }
        (*inside).asked = true;
    }
}

/// Handles a message that was not in the mailbox.
pub(super) fn handle_parcel(process: &Arc<ProcessCell>, mut parcel: super::parcel::Parcel) -> Next {
    // SAFETY: the task holds the turn, and parcels for a process are made with its own message type.
    #[allow(unsafe_code)]
    unsafe {
        let (inside, table) = (process.inside(), process.table());
        if (*inside).extra.as_ref().is_some_and(|extra| extra.debug.is_some()) {
            let callback = (table.message_name)(parcel.message());
            let is_call = (*inside).register.kind.is_some();
            (*inside).tell_watchers(|debug| debug.begins(Event::Own(callback), is_call));
        }
        dispatch(process, parcel.message());
    }
    parcel.forget();
    Next::Again
}

/// A message is about to be handled: it ends the idle timeout, and whoever watches the process is told.
///
/// # Safety
/// The caller holds the turn; `message` points to a message of this process's type.
#[allow(unsafe_code)]
#[cold]
#[inline(never)]
pub(crate) unsafe fn heed(process: &ProcessCell, message: *const u8) {
    // SAFETY: as promised by the caller.
    unsafe {
        let inside = process.inside();
        let idle = (*inside).extra.as_mut().and_then(|extra| extra.idle.take());
        discard(idle);
        let is_call = (*inside).register.kind.is_some();
        (*inside).tell_watchers(|debug| {
            let callback = (process.table().message_name)(message);
            debug.begins(if is_call { Event::Call(callback) } else { Event::Message(callback) }, is_call);
        });
    }
}

/// Calls the callback of a message.
///
/// # Safety
/// The caller holds the turn; `message` is a message of this process's type and is not used again.
#[allow(unsafe_code)]
unsafe fn dispatch(process: &Arc<ProcessCell>, message: *mut u8) {
    let (inside, table) = (process.inside(), process.table());
    // SAFETY: as promised by the caller; the body is there, for the process runs.
    unsafe {
        let body = (*inside).body;
        match catch_unwind(AssertUnwindSafe(|| (table.handle)(body, message))) {
            Ok(step) => (*inside).parked = step,
            Err(payload) => crashed(process, report::panicked(payload)),
        }
    }
}
