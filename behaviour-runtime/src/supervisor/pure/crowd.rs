//! What a dynamic supervisor decides (otp.md 11.6).
//!
//! Its children came one by one, are all alike, and each stands for itself: there is no order to keep and no sibling to
//! take along. So there are no commands to carry out one after the other as in [`machine`](super::machine), only
//! questions with an answer each: is there room for one more, what becomes of one that ended, is it tried again?
//!
//! ```text
//!  reserve ── decline                                     it did not start
//!     └─ join ─► Running ── ended ─► forgotten            its kind of child is not restarted after such an end
//!                   ▲          ├───► given up             there were too many restarts: the supervisor ends
//!                   │          ▼
//!                   └───── Restarting ── retry            its start failed: once more, which counts as well
//! ```
//!
//! A child is known by a key, its pid: that of its last incarnation while it is restarting.

use std::hash::Hash;
use std::time::Duration;

use crate::process::relations::Map;

use super::rules::{self, Ending, Restart, Verdict};
use super::window::Window;

/// The children of a dynamic supervisor; `T` is what its process keeps of each.
#[derive(Debug)]
pub(crate) struct Crowd<K, T> {
    members: Map<K, Member<T>>,
    /// How many are being started for the first time.
    joining: usize,
    max: usize,
    window: Window,
}

/// A child of a dynamic supervisor.
#[derive(Debug)]
pub(crate) struct Member<T> {
    pub(crate) restart: Restart,
    restarting: bool,
    pub(crate) what: T,
}

/// What becomes of a child that does not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate<T> {
    /// Nobody knows of such a child.
    Unknown,
    /// It is gone, and leaves this behind.
    Forgotten(T),
    /// It is to be started again now.
    Restart,
    /// There have been too many restarts: it is gone, and the supervisor has to end.
    GivenUp(T),
}

impl<K: Copy + Eq + Hash, T> Crowd<K, T> {
    /// Nobody yet; at most `max` children, and `intensity` restarts in any `period`.
    pub(crate) fn new(max: usize, intensity: u32, period: Duration) -> Self {
        Self { members: Map::default(), joining: 0, max, window: Window::new(intensity, period) }
    }

    /// Other limits hold from now on. Nobody leaves because there is less room than there was.
    pub(crate) fn change(&mut self, max: usize, intensity: u32, period: Duration) {
        self.max = max;
        self.window.change(intensity, period);
    }

    /// Keeps a place for a child that is about to be started; false if there is none. Those that are restarting have
    /// theirs.
    pub(crate) fn reserve(&mut self) -> bool {
        let free = self.members.len() + self.joining < self.max;
        self.joining += usize::from(free);
        free
    }

    /// The child did not start: its place is free again.
    pub(crate) fn decline(&mut self) {
        self.joining -= 1;
    }

    /// The child runs.
    pub(crate) fn join(&mut self, key: K, restart: Restart, what: T) {
        self.joining -= 1;
        self.members.insert(key, Member { restart, restarting: false, what });
    }

    /// A running child ended by itself. Says whether that is worth a report, and what becomes of it.
    pub(crate) fn ended(&mut self, key: K, ending: Ending, now: Duration) -> (bool, Fate<T>) {
        let Some(member) = self.members.get_mut(&key).filter(|member| !member.restarting) else {
            return (false, Fate::Unknown);
        };
        let reported = rules::is_reported(member.restart, ending);
        let fate = match rules::verdict(member.restart, ending) {
            Verdict::Restart => {
                member.restarting = true;
                self.attempt(key, now)
            }
            Verdict::Keep | Verdict::Forget => self.dismiss(key).map_or(Fate::Unknown, Fate::Forgotten),
        };
        (reported, fate)
    }

    /// A child that could not be restarted is tried again, unless it was dismissed meanwhile.
    pub(crate) fn retry(&mut self, key: K, now: Duration) -> Fate<T> {
        match self.members.get(&key) {
            Some(member) if member.restarting => self.attempt(key, now),
            _ => Fate::Unknown,
        }
    }

    fn attempt(&mut self, key: K, now: Duration) -> Fate<T> {
        if self.window.admit(now) {
            return Fate::Restart;
        }
        self.dismiss(key).map_or(Fate::Unknown, Fate::GivenUp)
    }

    /// A child that was restarting runs again, under a new key.
    pub(crate) fn restarted(&mut self, old: K, new: K) -> Option<&mut T> {
        let mut member = self.members.remove(&old)?;
        member.restarting = false;
        Some(&mut self.members.entry(new).insert_entry(member).into_mut().what)
    }

    /// The child is none any more.
    pub(crate) fn dismiss(&mut self, key: K) -> Option<T> {
        self.members.remove(&key).map(|member| member.what)
    }

    pub(crate) fn get(&self, key: K) -> Option<&Member<T>> {
        self.members.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut Member<T>> {
        self.members.get_mut(&key)
    }

    /// The children, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &Member<T>)> {
        self.members.iter()
    }

    /// All children leave.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Member<T>> + use<K, T> {
        std::mem::take(&mut self.members).into_values()
    }

    /// How many there may be; how many restarts are allowed, and in how long a time.
    pub(crate) fn limits(&self) -> (usize, usize, Duration) {
        let (intensity, period) = self.window.limits();
        (self.max, intensity, period)
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::{Crowd, Ending, Fate, Restart};

    const SECOND: Duration = Duration::from_secs(1);

    fn crowd_of(max: usize, intensity: u32, restarts: &[Restart]) -> Crowd<u32, u32> {
        let mut crowd = Crowd::new(max, intensity, SECOND);
        for (key, restart) in (0..).zip(restarts) {
            assert!(crowd.reserve());
            crowd.join(key, *restart, key);
        }
        crowd
    }

    // XDS-19, 20, 21
    #[test]
    fn the_kind_of_a_child_and_of_its_end_decide() {
        use Ending::{Abnormal, Normal, Shutdown};
        use Restart::{Permanent, Temporary, Transient};

        for (restart, ending, is_restarted) in [
            (Permanent, Normal, true),
            (Permanent, Shutdown, true),
            (Permanent, Abnormal, true),
            (Transient, Normal, false),
            (Transient, Shutdown, false),
            (Transient, Abnormal, true),
            (Temporary, Normal, false),
            (Temporary, Shutdown, false),
            (Temporary, Abnormal, false),
        ] {
            let mut crowd = crowd_of(1, 1, &[restart]);
            let (reported, fate) = crowd.ended(0, ending, Duration::ZERO);
            assert_eq!(fate, if is_restarted { Fate::Restart } else { Fate::Forgotten(0) }, "{restart:?} {ending:?}");
            assert_eq!(reported, restart == Permanent || ending == Abnormal, "{restart:?} {ending:?}");
            assert_eq!(crowd.len(), usize::from(is_restarted));
        }
    }

    // XDS-23
    #[test]
    fn a_child_that_is_restarting_keeps_its_place() {
        let mut crowd = crowd_of(1, 9, &[Restart::Permanent]);
        assert_eq!(crowd.ended(0, Ending::Abnormal, Duration::ZERO), (true, Fate::Restart));
        assert!(!crowd.reserve());
        assert_eq!(crowd.restarted(0, 7), Some(&mut 0));
        assert!(!crowd.reserve());
        assert_eq!(crowd.dismiss(7), Some(0));
        assert!(crowd.reserve());
    }

    #[test]
    fn a_child_that_is_being_started_has_its_place() {
        let mut crowd = crowd_of(2, 0, &[Restart::Temporary]);
        assert!(crowd.reserve());
        assert!(!crowd.reserve());
        crowd.decline();
        assert!(crowd.reserve());
    }

    // XDS-10
    #[test]
    fn other_limits_hold_from_the_next_question_on() {
        let mut crowd = crowd_of(2, 1, &[Restart::Permanent, Restart::Permanent]);
        crowd.change(1, 2, SECOND);
        assert!(!crowd.reserve());
        assert_eq!(crowd.ended(0, Ending::Abnormal, Duration::ZERO).1, Fate::Restart);
        assert_eq!(crowd.ended(1, Ending::Abnormal, Duration::ZERO).1, Fate::Restart);
        assert_eq!(crowd.retry(1, Duration::ZERO), Fate::GivenUp(1));
        crowd.change(2, 2, SECOND);
        assert!(crowd.reserve());
    }

    // XDS-28
    #[test]
    fn every_attempt_counts() {
        let mut crowd = crowd_of(9, 2, &[Restart::Permanent, Restart::Transient]);
        assert_eq!(crowd.ended(0, Ending::Normal, Duration::ZERO).1, Fate::Restart);
        assert_eq!(crowd.retry(0, Duration::ZERO), Fate::Restart);
        assert_eq!(crowd.ended(1, Ending::Abnormal, Duration::ZERO).1, Fate::GivenUp(1));
        assert_eq!(crowd.retry(0, 2 * SECOND), Fate::Restart);
    }

    /// What may happen to a crowd; keys are reduced to those that were given out.
    #[derive(Debug, Clone)]
    enum Happening {
        Start(Restart, bool),
        End(usize, Ending),
        Restarted(usize),
        Retry(usize),
        Dismiss(usize),
        Wait(u64),
    }

    fn happenings() -> impl Strategy<Value = Vec<Happening>> {
        let restart = prop_oneof![
            prop::strategy::Just(Restart::Permanent),
            prop::strategy::Just(Restart::Transient),
            prop::strategy::Just(Restart::Temporary)
        ];
        let ending = prop_oneof![
            prop::strategy::Just(Ending::Normal),
            prop::strategy::Just(Ending::Shutdown),
            prop::strategy::Just(Ending::Abnormal)
        ];
        let happening = prop_oneof![
            4 => (restart, any::<bool>()).prop_map(|(restart, starts)| Happening::Start(restart, starts)),
            4 => (any::<usize>(), ending).prop_map(|(key, ending)| Happening::End(key, ending)),
            3 => any::<usize>().prop_map(Happening::Restarted),
            2 => any::<usize>().prop_map(Happening::Retry),
            1 => any::<usize>().prop_map(Happening::Dismiss),
            1 => (0_u64..1_500).prop_map(Happening::Wait),
        ];
        prop::collection::vec(happening, 0..200)
    }

    /// The same, slowly: a list of children and a list of all attempts.
    struct Model {
        children: Vec<(u32, Restart, bool)>,
        attempts: Vec<u64>,
        max: usize,
        intensity: usize,
    }

    impl Model {
        fn attempt(&mut self, index: usize, now: u64) -> Fate<u32> {
            let late = self.attempts.iter().filter(|time| **time + 1_000 >= now).count();
            self.attempts.push(now);
            if late < self.intensity {
                self.children[index].2 = true;
                return Fate::Restart;
            }
            self.children.remove(index);
            Fate::GivenUp(0)
        }

        fn ended(&mut self, key: u32, ending: Ending, now: u64) -> Fate<u32> {
            let Some(index) = self.children.iter().position(|child| child.0 == key && !child.2) else {
                return Fate::Unknown;
            };
            let again = match self.children[index].1 {
                Restart::Permanent => true,
                Restart::Transient => ending == Ending::Abnormal,
                Restart::Temporary => false,
            };
            if again {
                return self.attempt(index, now);
            }
            self.children.remove(index);
            Fate::Forgotten(0)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_crowd_is_a_list_of_children_and_a_list_of_attempts(
            max in 0_usize..6,
            intensity in 0_u32..4,
            happenings in happenings(),
        ) {
            let mut crowd = Crowd::new(max, intensity, SECOND);
            let mut model = Model { children: Vec::new(), attempts: Vec::new(), max, intensity: intensity as usize };
            let (mut keys, mut now) = (0_u32, 0);
            for happening in happenings {
                let time = Duration::from_millis(now);
                // Keys that are there, that were there, and that never were.
                let pick = |key: usize| u32::try_from(key % (keys as usize + 2)).unwrap();
                match happening {
                    Happening::Start(restart, starts) => {
                        let room = crowd.reserve();
                        prop_assert_eq!(room, model.children.len() < model.max);
                        if room && starts {
                            crowd.join(keys, restart, 0);
                            model.children.push((keys, restart, false));
                            keys += 1;
                        } else if room {
                            crowd.decline();
                        }
                    }
                    Happening::End(key, ending) => {
                        let key = pick(key);
                        prop_assert_eq!(crowd.ended(key, ending, time).1, model.ended(key, ending, now));
                    }
                    Happening::Restarted(key) => {
                        let key = pick(key);
                        if let Some(child) = model.children.iter_mut().find(|child| child.0 == key && child.2) {
                            *child = (keys, child.1, false);
                            prop_assert!(crowd.restarted(key, keys).is_some());
                            keys += 1;
                        }
                    }
                    Happening::Retry(key) => {
                        let key = pick(key);
                        let index = model.children.iter().position(|child| child.0 == key && child.2);
                        let expected = index.map_or(Fate::Unknown, |index| model.attempt(index, now));
                        prop_assert_eq!(crowd.retry(key, time), expected);
                    }
                    Happening::Dismiss(key) => {
                        let key = pick(key);
                        let before = model.children.len();
                        model.children.retain(|child| child.0 != key);
                        prop_assert_eq!(crowd.dismiss(key).is_some(), model.children.len() < before);
                    }
                    Happening::Wait(time) => now += time,
                }
                let mut known: Vec<_> = crowd.iter().map(|(key, child)| (*key, child.restart, child.restarting)).collect();
                known.sort_by_key(|child| child.0);
                let mut expected = model.children.clone();
                expected.sort_by_key(|child| child.0);
                prop_assert_eq!(known, expected);
            }
        }
    }
}
