//! The turn: one atomic word that says who may run a process now.
//!
//! ```text
//!                 enter                     a caller runs the idle server where it stands
//!      ┌──────────────────────► RUNNING ──┐
//!    IDLE ◄───────────────────────────────┘ leave: nothing came meanwhile
//!      │  want (a message)
//!      ▼                  resume
//!    WANTED ────────────────────► RUNNING   the process's own task drains the mailbox
//!                                   │ park          ▲ resume
//!                                   ▼               │
//!                                 RUNNING | PARKED ─┘  an async handler waits; its future is in the cell
//! ```
//!
//! `IDLE` is 0 and the only state that a caller may enter from: no message waits, nobody runs, no signal is pending.
//! Whoever holds `RUNNING` owns the server's state, its batch and its parked future; this is the invariant that every
//! `unsafe` block of the process floor names as *the turn*. `WANTED` is set and cleared under the mailbox's lock and
//! means that the mailbox is not empty. Everything that is added to the word while somebody runs is seen as the turn
//! is handed back.

use super::sync::{AtomicU32, Ordering, fence};

/// Somebody runs the process and owns its inside.
const RUNNING: u32 = 1;
/// The mailbox is not empty.
const WANTED: u32 = 2;
/// With `RUNNING`: the inside waits for the process's own task.
const PARKED: u32 = 4;
/// An exit signal waits.
const SIGNAL: u32 = 8;
/// The task was polled while a caller ran the process; the caller must wake it again.
const POKED: u32 = 16;
/// The runtime dropped the task; whoever runs the process must end it.
const ORPHAN: u32 = 32;
/// The process has ended.
const CLOSED: u32 = 64;

/// What the task finds when it is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// The turn is the task's.
    Mine,
    /// A caller runs the process and will wake the task if there is something to do.
    Elsewhere,
    /// The process has ended.
    Closed,
}

/// What a caller owes when it hands the turn back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owed {
    /// Nothing.
    Nothing,
    /// The task must be woken.
    Wake,
    /// The task is gone: the caller keeps the turn and must end the process.
    End,
}

/// Who may run the process now.
#[derive(Debug)]
pub(crate) struct Turn(AtomicU32);

impl Turn {
    /// A turn held by whoever makes the process.
    pub(crate) fn held() -> Self {
        Self(AtomicU32::new(RUNNING))
    }

    /// The turn of a process that is made whole before anybody knows it: only its task can take it.
    pub(crate) fn parked() -> Self {
        Self(AtomicU32::new(RUNNING | PARKED))
    }

    /// A caller takes the turn of an idle process.
    #[inline]
    pub(crate) fn enter(&self) -> bool {
        self.0.compare_exchange(0, RUNNING, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Whether a caller may hope for the turn in a moment: somebody runs and nothing else is to be done.
    #[inline]
    pub(crate) fn is_briefly_taken(&self) -> bool {
        matches!(self.0.load(Ordering::Relaxed), RUNNING | 0)
    }

    /// A caller hands the turn back.
    #[inline]
    pub(crate) fn leave(&self) -> Owed {
        if self.0.compare_exchange(RUNNING, 0, Ordering::Release, Ordering::Relaxed).is_ok() {
            return Owed::Nothing;
        }
        self.leave_with_work()
    }

    #[cold]
    fn leave_with_work(&self) -> Owed {
        self.release(0)
    }

    /// A caller leaves the inside to the process's task: a handler waits, or the process has to end.
    pub(crate) fn hand_over(&self) -> Owed {
        match self.release(PARKED) {
            Owed::Nothing => Owed::Wake,
            owed => owed,
        }
    }

    fn release(&self, parked: u32) -> Owed {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            if now & ORPHAN != 0 {
                // The dropped task synchronised by setting the bit; it never touches the inside again.
                fence(Ordering::Acquire);
                return Owed::End;
            }
            let next = if parked == 0 { now & !RUNNING } else { now | PARKED };
            match self.0.compare_exchange_weak(now, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return if next & !RUNNING == 0 { Owed::Nothing } else { Owed::Wake },
                Err(seen) => now = seen,
            }
        }
    }

    /// The task takes the turn, from idle, or back from where it was parked.
    pub(crate) fn resume(&self) -> Resumed {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            if now & CLOSED != 0 {
                return Resumed::Closed;
            }
            let (next, resumed) = match now & (RUNNING | PARKED) {
                RUNNING => (now | POKED, Resumed::Elsewhere),
                _ => ((now | RUNNING) & !(PARKED | POKED), Resumed::Mine),
            };
            match self.0.compare_exchange_weak(now, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return resumed,
                Err(seen) => now = seen,
            }
        }
    }

    /// The task hands the turn back if there is nothing left to do.
    pub(crate) fn rest(&self) -> bool {
        self.0.compare_exchange(RUNNING, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The task keeps the inside for its next poll. False if a signal wants to be seen first.
    pub(crate) fn park(&self) -> bool {
        let before = self.0.fetch_or(PARKED, Ordering::AcqRel);
        if before & SIGNAL == 0 {
            return true;
        }
        self.0.fetch_and(!PARKED, Ordering::AcqRel);
        false
    }

    /// The mailbox is no longer empty (called under its lock). True if the task must be woken.
    #[inline]
    pub(crate) fn want(&self) -> bool {
        self.0.fetch_or(WANTED, Ordering::AcqRel) & (RUNNING | WANTED | CLOSED) == 0
    }

    /// Whether the mailbox is not empty. Only a hint without its lock: `rest` finds out what came meanwhile.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Acquire) & WANTED != 0
    }

    /// The mailbox is empty again (called under its lock).
    pub(crate) fn unwant(&self) {
        self.0.fetch_and(!WANTED, Ordering::AcqRel);
    }

    /// An exit signal waits. True if the task must be woken.
    pub(crate) fn signal(&self) -> bool {
        let before = self.0.fetch_or(SIGNAL, Ordering::AcqRel);
        before & (RUNNING | PARKED) != RUNNING && before & CLOSED == 0
    }

    /// Whether an exit signal waits.
    #[inline]
    pub(crate) fn is_signalled(&self) -> bool {
        self.0.load(Ordering::Acquire) & SIGNAL != 0
    }

    /// The waiting exit signal has been taken (it is taken under the lock that guards it).
    pub(crate) fn unsignal(&self) {
        self.0.fetch_and(!SIGNAL, Ordering::AcqRel);
    }

    /// The runtime drops the task. True if the dropper owns the inside and must end the process.
    pub(crate) fn orphan(&self) -> bool {
        // As a rule the process has ended, and nothing changes any more.
        if self.0.load(Ordering::Acquire) & CLOSED != 0 {
            return false;
        }
        let before = self.0.fetch_or(ORPHAN | RUNNING, Ordering::AcqRel);
        before & CLOSED == 0 && before & (RUNNING | PARKED) != RUNNING
    }

    /// The process has ended.
    pub(crate) fn close(&self) {
        self.0.store(CLOSED, Ordering::Release);
    }
}
