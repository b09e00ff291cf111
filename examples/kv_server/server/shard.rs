//! A shard: the process that owns some of the keys.
//!
//! What a client may ask of a shard is what [`Keyspace`] can do; this server adds the clock. It sets one timer, for the
//! earliest deadline among its keys, so that a key goes when its time has come, whether or not anybody asks for it. A
//! crash loses the keys of one shard: its supervisor starts it anew, empty, and all others never hear of it.

use std::time::Duration;

use behaviour::prelude::*;
use bytes::Bytes;
use tokio::time::Instant;

use super::{
    command::Assignment,
    keyspace::{Condition, IncrementError, Keyspace, Size, TimeToLive},
};

/// Some of the keys.
#[gen_server]
#[derive(Debug)]
pub struct Shard {
    keyspace: Keyspace,
    alarm: Option<Alarm>,
}

/// The timer for the earliest deadline.
#[derive(Debug)]
struct Alarm {
    at: Instant,
    timer: Timer,
}

/// Sent when a key is due.
struct Due;

#[gen_server]
#[allow(clippy::needless_pass_by_value, reason = "a message owns what it carries")]
impl Shard {
    #[init]
    fn init() -> Self {
        Self { keyspace: Keyspace::default(), alarm: None }
    }

    /// The value of a key.
    #[call]
    pub fn get(&mut self, key: Bytes) -> Option<Bytes> {
        self.keyspace.get(&key, Instant::now())
    }

    /// The values of many keys, in the same order.
    #[call]
    pub fn get_many(&mut self, keys: Vec<Bytes>) -> Vec<Option<Bytes>> {
        let now = Instant::now();
        keys.iter().map(|key| self.keyspace.get(key, now)).collect()
    }

    /// How many of the keys are there.
    #[call]
    pub fn count(&mut self, keys: Vec<Bytes>) -> usize {
        let now = Instant::now();
        keys.iter().filter(|key| self.keyspace.contains(key, now)).count()
    }

    /// Sets a key, if its condition holds, and tells whether it did.
    #[call]
    pub fn set(&mut self, cx: &mut Context<Self>, assignment: Assignment) -> bool {
        let Assignment { key, value, life, condition } = assignment;
        let done = self.keyspace.set(&key, &value, life, condition, Instant::now());
        self.set_alarm(cx);
        done
    }

    /// Sets many keys.
    #[call]
    pub fn set_many(&mut self, pairs: Vec<(Bytes, Bytes)>) {
        let now = Instant::now();
        for (key, value) in &pairs {
            self.keyspace.set(key, value, None, Condition::Always, now);
        }
    }

    /// Removes keys and tells how many there were.
    #[call]
    pub fn remove(&mut self, keys: Vec<Bytes>) -> usize {
        let now = Instant::now();
        keys.iter().filter(|key| self.keyspace.remove(key, now)).count()
    }

    /// Counts a value up and tells where it stands.
    #[call]
    pub fn increment(&mut self, key: Bytes, by: i64) -> Result<i64, IncrementError> {
        self.keyspace.increment(&key, by, Instant::now())
    }

    /// Adds to the end of a value and tells how long it is now.
    #[call]
    pub fn append(&mut self, key: Bytes, more: Bytes) -> usize {
        self.keyspace.append(&key, &more, Instant::now())
    }

    /// Gives a key a time to live and tells whether there is such a key.
    #[call]
    pub fn expire(&mut self, cx: &mut Context<Self>, key: Bytes, life: Duration) -> bool {
        let there = self.keyspace.expire(&key, life, Instant::now());
        self.set_alarm(cx);
        there
    }

    /// How long a key has to live.
    #[call]
    pub fn time_to_live(&mut self, key: Bytes) -> TimeToLive {
        self.keyspace.time_to_live(&key, Instant::now())
    }

    /// The keys that a glob pattern stands for.
    #[call]
    pub fn keys(&mut self, pattern: Bytes) -> Vec<Bytes> {
        self.keyspace.keys(&pattern, Instant::now())
    }

    /// How many keys there are.
    #[call]
    pub fn size(&mut self) -> Size {
        self.keyspace.size(Instant::now())
    }

    /// Removes every key.
    #[call]
    pub fn clear(&mut self) {
        self.keyspace.clear();
    }

    /// Crashes.
    ///
    /// # Panics
    ///
    /// Always, for that is what `DEBUG PANIC` asks for.
    #[call]
    pub fn crash(&mut self) {
        panic!("a client asked for it: {:?}", self.keyspace);
    }

    #[info]
    fn due(&mut self, cx: &mut Context<Self>, _: Due) {
        self.alarm = None;
        self.keyspace.sweep(Instant::now());
        self.set_alarm(cx);
    }

    /// Sees to it that `Due` comes no later than the next deadline. One that comes too early, because its key was removed,
    /// finds nothing to do and sets the alarm anew.
    fn set_alarm(&mut self, cx: &mut Context<Self>) {
        let Some(at) = self.keyspace.next_deadline() else { return };
        if self.alarm.as_ref().is_some_and(|alarm| alarm.at <= at) {
            return;
        }
        if let Some(Alarm { timer, .. }) = self.alarm.take() {
            timer.cancel();
        }
        let timer = cx.send_after(at.saturating_duration_since(Instant::now()), Due);
        self.alarm = Some(Alarm { at, timer });
    }
}
