//! Timers of a process.
//!
//! They belong to an incarnation and die with it: the process's own task waits for the first one and puts the messages
//! that are due into the mailbox, in the order of their times. The table is plain data; only the task knows a clock.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::time::Instant;

use super::end::discard;
use super::parcel::Parcel;
use super::relations::Map;

/// A wait that is longer than any program runs, where the one asked for is beyond the clock.
const FAR: Duration = Duration::from_hours(24 * 365);

/// This much later than now.
pub(crate) fn later(after: Duration) -> Instant {
    later_than(Instant::now(), after)
}

/// This much later than that.
pub(crate) fn later_than(now: Instant, after: Duration) -> Instant {
    now.checked_add(after).unwrap_or_else(|| now + FAR)
}

/// What a timer does when its time has come.
pub(crate) enum Timed {
    /// Sends its message.
    Once(Parcel),
    /// Sends a message and waits again.
    Every(Duration, Box<dyn FnMut() -> Parcel + Send>),
}

/// The timers of one process; most have none.
#[derive(Default)]
pub(crate) struct Timers(Option<Box<Running>>);

#[derive(Default)]
struct Running {
    due: BTreeMap<(Instant, u64), Timed>,
    times: Map<u64, Instant>,
    /// When the task will look again.
    armed: Option<Instant>,
}

/// What makes the messages of intervals is the user's: a destructor that panics is no other's concern.
impl Drop for Running {
    fn drop(&mut self) {
        while let Some((_, timed)) = self.due.pop_first() {
            discard(timed);
        }
    }
}

impl Timers {
    /// Adds a timer. True if the task has to look earlier than it meant to.
    pub(crate) fn insert(&mut self, id: u64, at: Instant, timed: Timed) -> bool {
        let running = self.0.get_or_insert_default();
        running.due.insert((at, id), timed);
        running.times.insert(id, at);
        running.armed.is_none_or(|armed| at < armed)
    }

    /// Notes when the task will look again.
    pub(crate) fn arm(&mut self, at: Option<Instant>) {
        if let Some(running) = &mut self.0 {
            running.armed = at;
        }
    }

    /// Takes a timer away. How much of its time was left, or none if it has fired or was cancelled before; and what it
    /// would have sent, for whoever locked the table to drop when it is open again.
    pub(crate) fn cancel(&mut self, id: u64, now: Instant) -> Option<(Duration, Option<Timed>)> {
        let running = self.0.as_mut()?;
        let at = running.times.remove(&id)?;
        Some((at.saturating_duration_since(now), running.due.remove(&(at, id))))
    }

    /// When the first timer is due.
    pub(crate) fn first(&self) -> Option<Instant> {
        self.0.as_ref()?.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// The message of the first timer whose time has come, or the panic of making it.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<std::thread::Result<Parcel>> {
        if self.first()? > now {
            return None;
        }
        let Running { due, times, .. } = self.0.as_deref_mut()?;
        let ((at, id), timed) = due.pop_first()?;
        match timed {
            Timed::Once(parcel) => {
                times.remove(&id);
                Some(Ok(parcel))
            }
            Timed::Every(period, mut make) => {
                let parcel = catch_unwind(AssertUnwindSafe(&mut make));
                let late = now.saturating_duration_since(at).as_nanos() / period.as_nanos().max(1);
                let skipped = u32::try_from(late).unwrap_or(u32::MAX).saturating_add(1);
                let next = at + period.saturating_mul(skipped);
                due.insert((next, id), Timed::Every(period, make));
                times.insert(id, next);
                Some(parcel)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parcel, Timed, Timers, later};
    use std::time::Duration;
    use tokio::time::Instant;

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn a_time_beyond_the_clock_is_far_away() {
        assert!(later(Duration::MAX) > Instant::now() + Duration::from_hours(1));
    }

    #[tokio::test(start_paused = true)]
    async fn timers_fire_in_the_order_of_their_times() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        assert!(timers.insert(1, start + 5 * MS, Timed::Once(Parcel::new(1))));
        timers.arm(Some(start + 5 * MS));
        assert!(!timers.insert(2, start + 9 * MS, Timed::Once(Parcel::new(2))));
        assert!(timers.insert(3, start + MS, Timed::Every(4 * MS, Box::new(|| Parcel::new(3)))));
        assert!(timers.pop(start).is_none());
        assert!(timers.pop(start + MS).is_some());
        assert_eq!(timers.first(), Some(start + 5 * MS));
        assert_eq!(timers.cancel(2, start + 4 * MS).map(|(left, _)| left), Some(5 * MS));
        assert!(timers.cancel(2, start + 4 * MS).is_none());
        assert!(timers.pop(start + 5 * MS).is_some());
        assert!(timers.pop(start + 5 * MS).is_some());
        // Ticks that were missed are skipped, the rhythm is kept.
        assert!(timers.pop(start + 30 * MS).is_some());
        assert_eq!(timers.first(), Some(start + 33 * MS));
        assert!(timers.cancel(1, start).is_none());
    }
}
