//! The keys of one shard: plain data that knows neither processes nor clocks.
//!
//! Time comes in as an argument. Whatever is asked, the keys that are due by then go first, so that nothing below ever
//! meets one; [`Keyspace::next_deadline`] tells the owner when to come back for the next.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::{glob, protocol::integer};

/// Keys, their values and their deadlines.
#[derive(Default)]
pub struct Keyspace {
    entries: HashMap<Bytes, Entry>,
    /// Every entry that has a deadline, the next one first.
    deadlines: BTreeSet<(Instant, Bytes)>,
}

struct Entry {
    value: Bytes,
    deadline: Option<Instant>,
}

/// When a key may be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Whether it is there or not.
    #[default]
    Always,
    /// `NX`: only if it is not there.
    Absent,
    /// `XX`: only if it is there.
    Present,
}

/// How long a key has to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeToLive {
    /// There is no such key.
    Missing,
    /// The key stays until it is removed.
    Forever,
    /// The key expires by itself.
    Left(Duration),
}

/// Why a value was not counted up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncrementError {
    /// The value is no number.
    NotAnInteger,
    /// The sum would be none that fits.
    Overflow,
}

impl fmt::Display for IncrementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnInteger => "ERR value is not an integer or out of range",
            Self::Overflow => "ERR increment or decrement would overflow",
        })
    }
}

impl Keyspace {
    /// The value of a key.
    pub fn get(&mut self, key: &[u8], now: Instant) -> Option<Bytes> {
        self.sweep(now);
        self.entries.get(key).map(|entry| entry.value.clone())
    }

    /// Whether there is such a key.
    pub fn contains(&mut self, key: &[u8], now: Instant) -> bool {
        self.sweep(now);
        self.entries.contains_key(key)
    }

    /// Sets a key if the condition holds, and tells whether it did. The old value's deadline goes with it.
    pub fn set(
        &mut self,
        key: &[u8],
        value: &[u8],
        life: Option<Duration>,
        condition: Condition,
        now: Instant,
    ) -> bool {
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => !self.contains(key, now),
            Condition::Present => self.contains(key, now),
        };
        if holds {
            // Copied, for what came in is a piece of a much larger read.
            self.put(key, Bytes::copy_from_slice(value));
            self.set_deadline(key, life.and_then(|life| now.checked_add(life)));
            self.sweep(now);
        }
        holds
    }

    /// Removes a key and tells whether it was there.
    pub fn remove(&mut self, key: &[u8], now: Instant) -> bool {
        self.sweep(now);
        self.set_deadline(key, None);
        self.entries.remove(key).is_some()
    }

    /// Counts a value up, from 0 if there is none, and tells where it stands.
    pub fn increment(&mut self, key: &[u8], by: i64, now: Instant) -> Result<i64, IncrementError> {
        let old = match self.get(key, now) {
            Some(value) => integer(&value).ok_or(IncrementError::NotAnInteger)?,
            None => 0,
        };
        let new = old.checked_add(by).ok_or(IncrementError::Overflow)?;
        self.put(key, Bytes::from(new.to_string()));
        Ok(new)
    }

    /// Adds to the end of a value and tells how long it is now.
    pub fn append(&mut self, key: &[u8], more: &[u8], now: Instant) -> usize {
        self.sweep(now);
        let Some(entry) = self.entries.get_mut(key) else {
            self.put(key, Bytes::copy_from_slice(more));
            return more.len();
        };
        // In place, unless an answer on its way to a client still holds the old value.
        let old = std::mem::take(&mut entry.value);
        let mut value = old.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        value.extend_from_slice(more);
        entry.value = value.freeze();
        entry.value.len()
    }

    /// Gives a key a time to live and tells whether there is such a key. No time at all removes it.
    pub fn expire(&mut self, key: &[u8], life: Duration, now: Instant) -> bool {
        let there = self.contains(key, now);
        if there {
            self.set_deadline(key, now.checked_add(life));
            self.sweep(now);
        }
        there
    }

    /// How long a key has to live.
    pub fn time_to_live(&mut self, key: &[u8], now: Instant) -> TimeToLive {
        self.sweep(now);
        match self.entries.get(key) {
            None => TimeToLive::Missing,
            Some(Entry { deadline: None, .. }) => TimeToLive::Forever,
            Some(Entry { deadline: Some(deadline), .. }) => TimeToLive::Left(*deadline - now),
        }
    }

    /// All keys that a glob pattern stands for.
    pub fn keys(&mut self, pattern: &[u8], now: Instant) -> Vec<Bytes> {
        self.sweep(now);
        self.entries.keys().filter(|key| glob::matches(pattern, key)).cloned().collect()
    }

    /// How many keys there are, and how many of them expire.
    pub fn size(&mut self, now: Instant) -> Size {
        self.sweep(now);
        Size { keys: self.entries.len(), expiring: self.deadlines.len() }
    }

    /// Removes every key.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// When the next key expires.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Removes the keys that are due.
    pub fn sweep(&mut self, now: Instant) {
        while self.next_deadline().is_some_and(|deadline| deadline <= now)
            && let Some((_, key)) = self.deadlines.pop_first()
        {
            self.entries.remove(&key);
        }
    }

    /// Changes a value and leaves its deadline alone.
    fn put(&mut self, key: &[u8], value: Bytes) {
        match self.entries.get_mut(key) {
            Some(entry) => entry.value = value,
            None => {
                self.entries.insert(Bytes::copy_from_slice(key), Entry { value, deadline: None });
            }
        }
    }

    fn set_deadline(&mut self, key: &[u8], deadline: Option<Instant>) {
        let Some((key, _)) = self.entries.get_key_value(key) else { return };
        let key = key.clone();
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let old = std::mem::replace(&mut entry.deadline, deadline);
        if let Some(old) = old {
            self.deadlines.remove(&(old, key.clone()));
        }
        if let Some(new) = deadline {
            self.deadlines.insert((new, key));
        }
    }
}

/// A crash report tells how much was lost, and not what.
impl fmt::Debug for Keyspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyspace").field("keys", &self.entries.len()).field("expiring", &self.deadlines.len()).finish()
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// All keys.
    pub keys: usize,
    /// Those with a deadline.
    pub expiring: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A keyspace, and a clock that stands still unless it is told to move.
    fn new() -> (Keyspace, Instant) {
        (Keyspace::default(), Instant::now())
    }

    fn set(keyspace: &mut Keyspace, key: &str, life: Option<Duration>, now: Instant) {
        assert!(keyspace.set(key.as_bytes(), b"value", life, Condition::Always, now));
    }

    #[test]
    fn conditions() {
        let (mut keyspace, now) = new();
        assert!(!keyspace.set(b"k", b"1", None, Condition::Present, now));
        assert!(keyspace.set(b"k", b"2", None, Condition::Absent, now));
        assert!(!keyspace.set(b"k", b"3", None, Condition::Absent, now));
        assert!(keyspace.set(b"k", b"4", None, Condition::Present, now));
        assert_eq!(keyspace.get(b"k", now), Some(Bytes::from_static(b"4")));
        assert!(keyspace.remove(b"k", now));
        assert!(!keyspace.remove(b"k", now));
    }

    #[test]
    fn numbers() {
        let (mut keyspace, now) = new();
        assert_eq!(keyspace.increment(b"n", 5, now), Ok(5));
        assert_eq!(keyspace.increment(b"n", -7, now), Ok(-2));
        assert_eq!(keyspace.increment(b"n", i64::MIN, now), Err(IncrementError::Overflow));
        assert_eq!(keyspace.get(b"n", now), Some(Bytes::from_static(b"-2")));
        set(&mut keyspace, "s", None, now);
        assert_eq!(keyspace.increment(b"s", 1, now), Err(IncrementError::NotAnInteger));
    }

    #[test]
    fn appending_leaves_alone_what_was_read() {
        let (mut keyspace, now) = new();
        assert_eq!(keyspace.append(b"k", b"ab", now), 2);
        let read = keyspace.get(b"k", now);
        assert_eq!(keyspace.append(b"k", b"cd", now), 4);
        assert_eq!(keyspace.append(b"k", b"ef", now), 6);
        assert_eq!(read, Some(Bytes::from_static(b"ab")));
        assert_eq!(keyspace.get(b"k", now), Some(Bytes::from_static(b"abcdef")));
    }

    #[test]
    fn deadlines() {
        let (mut keyspace, now) = new();
        set(&mut keyspace, "later", Some(2 * SECOND), now);
        set(&mut keyspace, "soon", Some(SECOND), now);
        set(&mut keyspace, "never", None, now);
        assert_eq!(keyspace.next_deadline(), Some(now + SECOND));
        assert_eq!(keyspace.time_to_live(b"soon", now), TimeToLive::Left(SECOND));
        assert_eq!(keyspace.time_to_live(b"never", now), TimeToLive::Forever);
        assert_eq!(keyspace.time_to_live(b"none", now), TimeToLive::Missing);

        let now = now + SECOND;
        assert_eq!(keyspace.get(b"soon", now), None);
        assert_eq!(keyspace.size(now), Size { keys: 2, expiring: 1 });
        assert_eq!(keyspace.next_deadline(), Some(now + SECOND));

        keyspace.sweep(now + SECOND);
        assert_eq!(keyspace.next_deadline(), None);
        assert_eq!(keyspace.keys(b"*", now), ["never"]);
    }

    #[test]
    fn writing_keeps_a_deadline_and_setting_drops_it() {
        let (mut keyspace, now) = new();
        assert!(!keyspace.expire(b"n", SECOND, now));
        keyspace.increment(b"n", 1, now).unwrap();
        assert!(keyspace.expire(b"n", SECOND, now));
        keyspace.increment(b"n", 1, now).unwrap();
        keyspace.append(b"n", b"0", now);
        assert_eq!(keyspace.time_to_live(b"n", now), TimeToLive::Left(SECOND));
        assert!(keyspace.expire(b"n", 3 * SECOND, now));
        assert_eq!(keyspace.next_deadline(), Some(now + 3 * SECOND));
        set(&mut keyspace, "n", None, now);
        assert_eq!(keyspace.next_deadline(), None);
        assert!(keyspace.expire(b"n", Duration::ZERO, now));
        assert!(!keyspace.contains(b"n", now));
    }

    #[test]
    fn a_deadline_beyond_all_clocks_is_none() {
        let (mut keyspace, now) = new();
        set(&mut keyspace, "k", Some(Duration::MAX), now);
        assert_eq!(keyspace.time_to_live(b"k", now), TimeToLive::Forever);
    }
}
