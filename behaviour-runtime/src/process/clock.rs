//! What time brings to a process: its timers, the timeouts of a machine, an idle timeout; and its sleep until the first of
//! them.
//!
//! All of them share one timer of the task, which is armed for the earliest.

use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use tokio::task::coop;
use tokio::time::{Instant, sleep_until};

use super::cell::ProcessCell;
use super::functions::Hooks;
use super::inside::{Inside, Stage};
use super::mailbox::Word;
use super::report;
use super::runner::{crashed, handle_parcel};
use super::signal::System;

/// How long a mailbox keeps the memory of a burst.
const TRIM_AFTER: Duration = Duration::from_secs(1);

/// Puts the messages of timers that are due into the mailbox.
#[inline]
pub(super) fn fire_timers(process: &Arc<ProcessCell>) {
    if process.has_timers() {
        fire_those_due(process);
    }
}

#[inline(never)]
fn fire_those_due(process: &Arc<ProcessCell>) {
    let now = Instant::now();
    loop {
        match process.pop_timer(now) {
            None => return,
            Some(Ok(parcel)) => {
                if process.post_parcel(Word::Message, parcel, true).is_err() {
                    report::dropped(process, "timer", "the mailbox is full");
                }
            }
            Some(Err(payload)) => return crashed(process, report::panicked(payload)),
        }
    }
}

/// Tells a state machine that time has passed: when its timer went off, or when it is `busy` and has to be asked.
#[allow(unsafe_code)]
#[inline]
pub(super) fn expire_timeouts(process: &ProcessCell, busy: bool) {
    if let Some(hooks) = process.table().hooks {
        expire_those_due(process, hooks, busy);
    }
}

#[allow(unsafe_code)]
#[inline(never)]
fn expire_those_due(process: &ProcessCell, hooks: &Hooks, busy: bool) {
    let inside = process.inside();
    // SAFETY: the task holds the turn; a machine that does not run yet, or no more, is not asked.
    unsafe {
        if (*inside).stage != Stage::Running {
            return;
        }
        let body = (*inside).body;
        let went_off = (*inside).extra.as_ref().and_then(|extra| extra.sleep.as_ref()).is_some_and(|s| s.is_elapsed());
        let looks = went_off || (busy && (hooks.first)(body).is_some());
        if !looks {
            return;
        }
        let waiting = (*inside).batch.len() + process.mailbox.with(|mailbox| mailbox.queue.len());
        if (hooks.expire)(body, u64::from(waiting)) {
            (*inside).asked = true;
        }
    }
}

/// Delivers the idle timeout if its time has come. The mailbox was empty a moment ago.
#[allow(unsafe_code)]
#[inline(never)]
pub(super) fn idle_is_over(process: &Arc<ProcessCell>) -> bool {
    let inside = process.inside();
    // SAFETY: the task holds the turn.
    let Some(extra) = (unsafe { (*inside).extra.as_mut() }) else { return false };
    let Some(idle) = extra.idle.take_if(|idle| idle.at <= Instant::now()) else { return false };
    let parcel = match idle.message {
        Some(parcel) => Ok(parcel),
        None => (process.table().system)(System::Timeout),
    };
    match parcel {
        Ok(parcel) => {
            handle_parcel(process, parcel);
            // SAFETY: the task holds the turn.
            unsafe { (*inside).asked = true };
        }
        Err(system) => report::unhandled(process, &system),
    }
    true
}

/// Makes sure that the task is woken for the next timer. True if one is due already.
#[allow(unsafe_code)]
#[inline]
pub(super) fn arm(process: &ProcessCell, cx: &mut Context<'_>) -> bool {
    // SAFETY: the task holds the turn.
    let first = unsafe { (*process.inside()).extra.as_ref() }.and_then(|extra| {
        let idle = extra.idle.as_ref().map(|idle| idle.at);
        idle.into_iter().chain(extra.trim).min()
    });
    arm_for(process, first, cx)
}

/// As `arm`, while a callback waits: then the process is not idle, and memory can wait, too.
#[inline(never)]
pub(super) fn arm_parked(process: &ProcessCell, cx: &mut Context<'_>) -> bool {
    arm_for(process, None, cx)
}

#[allow(unsafe_code)]
#[inline]
fn arm_for(process: &ProcessCell, first: Option<Instant>, cx: &mut Context<'_>) -> bool {
    let first = match process.table().hooks {
        // SAFETY: the task holds the turn; the body is there.
        Some(hooks) => first.into_iter().chain(unsafe { when_wanted(process, hooks) }).min(),
        None => first,
    };
    (first.is_some() || process.has_timers()) && arm_sleep(process, first, cx)
}

/// When a state machine wants to be woken.
///
/// # Safety
/// The task holds the turn.
#[allow(unsafe_code)]
unsafe fn when_wanted(process: &ProcessCell, hooks: &Hooks) -> Option<Instant> {
    // SAFETY: as promised by the caller; while the process runs, the body is there.
    unsafe {
        let running = (*process.inside()).stage == Stage::Running;
        if running { (hooks.first)((*process.inside()).body) } else { None }
    }
}

#[allow(unsafe_code)]
#[inline(never)]
fn arm_sleep(process: &ProcessCell, mut first: Option<Instant>, cx: &mut Context<'_>) -> bool {
    if process.has_timers()
        && let Some(tables) = &mut process.relations().tables
    {
        let timer = tables.timers.first();
        first = first.into_iter().chain(timer).min();
        tables.timers.arm(first);
    }
    let Some(next) = first else { return false };
    // SAFETY: the task holds the turn.
    let extra = unsafe { (*process.inside()).extra() };
    let sleep = extra.sleep.get_or_insert_with(|| Box::pin(sleep_until(next)));
    // A task never changes its waker, so that once is enough; and one that is woken too early looks again.
    if extra.armed.is_some_and(|armed| armed <= next) && !sleep.is_elapsed() {
        return false;
    }
    if sleep.deadline() != next {
        sleep.as_mut().reset(next);
    }
    // Without budget a poll does not reach the timer.
    extra.armed = coop::has_budget_remaining().then_some(next);
    sleep.as_mut().poll(cx).is_ready()
}

/// Gives memory back some time after a burst, so that one burst after the other does not allocate anew.
#[allow(unsafe_code)]
#[inline]
pub(super) fn trim(process: &ProcessCell) {
    // SAFETY: the task holds the turn.
    let inside = unsafe { &mut *process.inside() };
    if inside.batch.is_large() {
        trim_later(process, inside);
    }
}

#[inline(never)]
fn trim_later(process: &ProcessCell, inside: &mut Inside) {
    let extra = inside.extra();
    let Some(at) = extra.trim else {
        extra.trim = Some(Instant::now() + TRIM_AFTER);
        return;
    };
    // The timer is armed for the first of all times, and tells without a look at the clock.
    if extra.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed()) || at > Instant::now() {
        return;
    }
    extra.trim = None;
    let shape = process.table().shape;
    inside.batch.shrink(shape, 0);
    process.mailbox.with(|mailbox| mailbox.queue.shrink(shape, 0));
}
