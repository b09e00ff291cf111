//! How long a supervisor waits before it starts a child again.
//!
//! A child that crashes because something outside is away, a database or a network, crashes again as soon as it is
//! restarted, and soon its supervisor gives up. With a backoff the restarts of such a child come at growing distances.

use std::time::Duration;

/// How long a supervisor waits before each restart of a child.
///
/// Before the first restart in a row it waits `initial`, before each further one `factor` times as long, but never
/// longer than `max`. The row ends, and the next restart is a first one again, when the child has run as long as `max`,
/// or was started by hand. `jitter` makes each wait a little shorter or longer, so that what crashed together does not
/// come back together: a jitter of 0.1 changes it by up to a tenth.
///
/// ```
/// use std::time::Duration;
/// use behaviour_runtime::supervisor::Backoff;
///
/// let backoff = Backoff::new(Duration::from_millis(100)).factor(2.0).max(Duration::from_secs(10)).jitter(0.1);
/// ```
///
/// A restart counts against the supervisor's intensity when it is decided upon, before the wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    factor: f64,
    jitter: f64,
}

impl Backoff {
    /// Waits that double up to 10 s, with a jitter of 0.1.
    ///
    /// # Panics
    /// If `initial` is zero.
    #[must_use]
    #[track_caller]
    pub const fn new(initial: Duration) -> Self {
        assert!(!initial.is_zero(), "the first wait must be longer than zero");
        let max = Duration::from_secs(10);
        let max = if initial.as_nanos() > max.as_nanos() { initial } else { max };
        Self { initial, max, factor: 2.0, jitter: 0.1 }
    }

    /// The longest wait.
    ///
    /// # Panics
    /// If it is shorter than the first one.
    #[must_use]
    #[track_caller]
    pub const fn max(mut self, max: Duration) -> Self {
        assert!(max.as_nanos() >= self.initial.as_nanos(), "the longest wait must not be shorter than the first one");
        self.max = max;
        self
    }

    /// How many times as long as the last one each wait is.
    ///
    /// # Panics
    /// If it is less than 1.
    #[must_use]
    #[track_caller]
    pub const fn factor(mut self, factor: f64) -> Self {
        assert!(factor >= 1.0, "a factor must be at least 1, for waits do not become shorter");
        self.factor = factor;
        self
    }

    /// By which part a wait may be shorter or longer than it would be.
    ///
    /// # Panics
    /// If it is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub const fn jitter(mut self, jitter: f64) -> Self {
        assert!(jitter >= 0.0 && jitter <= 1.0, "a jitter must be between 0 and 1");
        self.jitter = jitter;
        self
    }

    /// The wait before a restart that so many came before, in a row.
    pub(crate) fn delay(&self, earlier: u32) -> Duration {
        let factor = self.factor.powi(i32::try_from(earlier).unwrap_or(i32::MAX));
        let delay = Duration::try_from_secs_f64(self.initial.as_secs_f64() * factor);
        delay.map_or(self.max, |delay| delay.min(self.max))
    }

    /// Whether a child that has run so long ends the row.
    pub(crate) fn is_over(&self, run: Duration) -> bool {
        run >= self.max
    }

    /// A wait made shorter or longer; `chance` is between 0 and 1.
    pub(crate) fn vary(&self, delay: Duration, chance: f64) -> Duration {
        let part = 1.0 + self.jitter * (2.0 * chance - 1.0);
        Duration::try_from_secs_f64(delay.as_secs_f64() * part).unwrap_or(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;
    use std::time::Duration;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn waits_grow_up_to_the_longest() {
        let backoff = Backoff::new(100 * MS).max(Duration::from_secs(1));
        let waits = [0, 1, 2, 3, 4, 5, u32::MAX].map(|earlier| backoff.delay(earlier).as_millis());
        assert_eq!(waits, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
        let waits = [0, 1, 2, u32::MAX].map(|earlier| backoff.factor(1.0).delay(earlier).as_millis());
        assert_eq!(waits, [100; 4]);
        let waits = [0, 1, 2].map(|earlier| backoff.factor(1.5).delay(earlier).as_millis());
        assert_eq!(waits, [100, 150, 225]);
        let endless = Backoff::new(MS).max(Duration::MAX);
        assert_eq!(endless.delay(u32::MAX), Duration::MAX);
    }

    #[test]
    fn the_longest_wait_is_ten_seconds_or_the_first_one() {
        assert_eq!(Backoff::new(MS).delay(u32::MAX), Duration::from_secs(10));
        assert_eq!(Backoff::new(Duration::from_mins(1)).delay(5), Duration::from_mins(1));
    }

    #[test]
    fn a_row_ends_when_a_child_has_run_as_long_as_the_longest_wait() {
        let backoff = Backoff::new(MS).max(5 * MS);
        assert!(!backoff.is_over(4 * MS) && backoff.is_over(5 * MS));
    }

    #[test]
    fn a_jitter_varies_a_wait_by_its_part() {
        let backoff = Backoff::new(MS).jitter(0.25);
        let varied = [0.0, 0.5, 1.0].map(|chance| backoff.vary(1_000 * MS, chance).as_millis());
        assert_eq!(varied, [750, 1_000, 1_250]);
        assert_eq!(backoff.vary(Duration::MAX, 1.0), Duration::MAX);
        assert_eq!(backoff.jitter(0.0).vary(7 * MS, 1.0), 7 * MS);
    }
}
