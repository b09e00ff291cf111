//! The restart window.
//!
//! A child that cannot live would be restarted for ever, so a supervisor allows `intensity` restarts in any `period`
//! and gives up at the next one. Every attempt counts: also the retry of a start that failed, and a round that restarts
//! many children counts once.
//!
//! OTP counts in whole seconds. Here times have the full precision of [`Duration`], so that "two in five seconds" means
//! five seconds and not something between four and six.

use std::collections::VecDeque;
use std::time::Duration;

/// The restart attempts of late, and how many of them there may be.
#[derive(Debug)]
pub(super) struct Window {
    intensity: usize,
    period: Duration,
    /// When there were attempts, the oldest first: no more than `intensity`, for older ones cannot matter; unless it was
    /// greater before, and may be so again.
    attempts: VecDeque<Duration>,
}

impl Window {
    /// A window that allows `intensity` attempts in any `period`.
    pub(super) fn new(intensity: u32, period: Duration) -> Self {
        let intensity = usize::try_from(intensity).unwrap_or(usize::MAX);
        Self { intensity, period, attempts: VecDeque::new() }
    }

    /// Allows `intensity` attempts in any `period` from now on. Those of late still count.
    pub(super) fn change(&mut self, intensity: u32, period: Duration) {
        let Self { intensity, period, .. } = Self::new(intensity, period);
        (self.intensity, self.period) = (intensity, period);
    }

    /// How many attempts are allowed, and in how long a time.
    pub(super) fn limits(&self) -> (usize, Duration) {
        (self.intensity, self.period)
    }

    /// Counts an attempt and says whether it is allowed: whether there were fewer than `intensity` earlier ones at
    /// `now - period` or later.
    ///
    /// Times are counted from any fixed moment and never go back. An attempt that is not allowed counts as well.
    pub(super) fn admit(&mut self, now: Duration) -> bool {
        while self.attempts.front().is_some_and(|time| time.saturating_add(self.period) < now) {
            self.attempts.pop_front();
        }
        let allowed = self.attempts.len() < self.intensity;
        if !allowed {
            // Of a full window only the latest attempts can still forbid one.
            self.attempts.pop_front();
        }
        if self.intensity > 0 {
            self.attempts.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::Window;
    use proptest::prelude::{ProptestConfig, prop, prop_assert_eq, proptest};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    // SUP-33
    #[test]
    fn the_attempt_after_the_allowed_ones_is_refused() {
        let mut window = Window::new(2, 5 * SECOND);
        assert!(window.admit(SECOND));
        assert!(window.admit(SECOND));
        assert!(!window.admit(SECOND));
    }

    // SUP-31
    #[test]
    fn attempts_that_are_far_apart_are_all_allowed() {
        let mut window = Window::new(1, SECOND);
        for attempt in 0..4 {
            assert!(window.admit(attempt * Duration::from_millis(2_100)));
        }
    }

    #[test]
    fn an_attempt_exactly_a_period_ago_still_counts() {
        let mut window = Window::new(1, SECOND);
        assert!(window.admit(SECOND));
        assert!(!window.admit(2 * SECOND));
        let mut window = Window::new(1, SECOND);
        assert!(window.admit(SECOND));
        assert!(window.admit(2 * SECOND + Duration::from_nanos(1)));
    }

    #[test]
    fn no_intensity_allows_nothing() {
        let mut window = Window::new(0, SECOND);
        assert!(!window.admit(Duration::ZERO));
        assert!(!window.admit(9 * SECOND));
        assert_eq!(window.attempts.capacity(), 0);
    }

    #[test]
    fn a_window_takes_memory_only_for_what_can_still_matter() {
        let mut window = Window::new(u32::MAX, SECOND);
        assert_eq!(window.attempts.capacity(), 0);
        for second in 0..10_000 {
            assert!(window.admit(second * SECOND));
            assert!(window.attempts.len() <= 2);
        }
        let mut window = Window::new(3, 10_000 * SECOND);
        for _ in 0..10_000 {
            window.admit(SECOND);
            assert!(window.attempts.len() <= 3);
        }
    }

    #[test]
    fn an_endless_period_forgets_nothing() {
        let mut window = Window::new(1, Duration::MAX);
        assert!(window.admit(SECOND));
        assert!(!window.admit(Duration::MAX));
    }

    // SUP-86
    #[test]
    fn attempts_before_a_change_count_after_it() {
        let mut window = Window::new(2, SECOND);
        assert!(window.admit(SECOND));
        assert!(window.admit(SECOND));
        window.change(1, SECOND);
        window.change(3, 5 * SECOND);
        assert!(window.admit(6 * SECOND));
        assert!(!window.admit(6 * SECOND));
        window.change(1, SECOND);
        assert!(window.admit(9 * SECOND));
        assert!(!window.admit(10 * SECOND));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_window_is_a_list_of_all_attempts(
            intensity in 0_u32..6,
            period in 1_u64..20,
            steps in prop::collection::vec(0_u64..12, 0..200),
        ) {
            let mut window = Window::new(intensity, Duration::from_nanos(period));
            let mut all: Vec<u64> = Vec::new();
            let mut now = 0;
            for step in steps {
                now += step;
                let earlier = all.iter().filter(|time| **time + period >= now).count();
                let allowed = earlier < intensity as usize;
                prop_assert_eq!(window.admit(Duration::from_nanos(now)), allowed);
                all.push(now);
            }
        }
    }
}
