//! What a pool decides, without a task, a lock or a clock: who gets which worker next, and which are started and ended.
//!
//! A worker is idle, lent, or being started; a caller waits, or does not. Starting takes time, and a start is nobody's
//! own: whoever waits first gets the first worker there is, be it new or given back. All rules follow from two:
//!
//! - There are as many workers as the pool's size, and one more for each caller that waits, up to the overflow.
//! - A worker that nobody waits for is kept if there are no more than the pool's size, and dismissed otherwise.
//!
//! What is to be done about a decision stands in its [effects](Effect), in order.

#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::BuildHasherDefault;

use crate::process::relations::Spread;

/// Which idle worker is lent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Strategy {
    /// The one that came back last: the others may go cold.
    #[default]
    Lifo,
    /// The one that has been idle for longest: all are used in turn.
    Fifo,
}

/// A pool in words (poolboy's `status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Whether there is a worker to be had.
    pub state: Availability,
    /// How many workers are idle, those that are being started for nobody in particular included.
    pub available: usize,
    /// How many workers there are beyond the pool's size.
    pub overflow: usize,
    /// How many workers are lent.
    pub lent: usize,
}

/// Whether there is a worker to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    /// At once.
    Ready,
    /// One more would be started.
    Overflow,
    /// Not before one is given back.
    Full,
}

pub(super) type Worker = u64;
pub(super) type Caller = u64;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Start a worker.
    Start,
    /// End a worker, which is the pool's no more.
    Dismiss(Worker),
    /// Give a worker to a caller that waited.
    Serve(Caller, Worker),
    /// Tell a caller that waited that no worker could be started.
    Refuse(Caller),
}

/// What a caller that asks for a worker is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Lent(Worker),
    /// It waits, and will be served or refused.
    Waits,
    Full,
}

/// The pool has fewer workers than its size, and could not start another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short;

/// A pool's decisions.
#[derive(Debug)]
pub(super) struct Machine {
    size: usize,
    /// The size and the overflow.
    most: usize,
    strategy: Strategy,
    /// The next one to be lent is the first.
    idle: VecDeque<Worker>,
    lent: HashSet<Worker, BuildHasherDefault<Spread>>,
    /// In order, for callers are numbered as they come.
    waiting: BTreeSet<Caller>,
    /// How many are being started.
    starting: usize,
    effects: VecDeque<Effect>,
}

impl Machine {
    /// A pool whose workers are to be started.
    pub(super) fn new(size: usize, max_overflow: usize, strategy: Strategy) -> Self {
        let mut machine = Self {
            size,
            most: size.saturating_add(max_overflow),
            strategy,
            idle: VecDeque::new(),
            lent: HashSet::default(),
            waiting: BTreeSet::new(),
            starting: 0,
            effects: VecDeque::new(),
        };
        machine.balance();
        machine
    }

    /// What is to be done next.
    pub(super) fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn total(&self) -> usize {
        self.idle.len() + self.lent.len() + self.starting
    }

    /// How many starts nobody waits for.
    fn spare(&self) -> usize {
        self.starting.saturating_sub(self.waiting.len())
    }

    /// Starts what is missing.
    fn balance(&mut self) {
        while self.total() < self.size || (self.starting < self.waiting.len() && self.total() < self.most) {
            self.starting += 1;
            self.effects.push_back(Effect::Start);
        }
    }

    /// Somebody asks for a worker. Who does not want to wait for one to be given back still waits for one that starts.
    pub(super) fn checkout(&mut self, caller: Caller, block: bool) -> Answer {
        if let Some(worker) = self.idle.pop_front() {
            self.lent.insert(worker);
            return Answer::Lent(worker);
        }
        if !block && self.spare() == 0 && self.total() >= self.most {
            return Answer::Full;
        }
        self.waiting.insert(caller);
        self.balance();
        Answer::Waits
    }

    /// Somebody waits no more. A start on the way goes on.
    pub(super) fn cancel(&mut self, caller: Caller) {
        self.waiting.remove(&caller);
    }

    /// A worker is given back. One that has died meanwhile is nobody's.
    pub(super) fn checkin(&mut self, worker: Worker) {
        if self.lent.remove(&worker) {
            self.place(worker);
        }
    }

    /// A worker was started.
    pub(super) fn started(&mut self, worker: Worker) {
        self.starting -= 1;
        self.place(worker);
    }

    /// A worker is free: finds it a place.
    fn place(&mut self, worker: Worker) {
        if let Some(caller) = self.waiting.pop_first() {
            self.lent.insert(worker);
            self.effects.push_back(Effect::Serve(caller, worker));
        } else if self.total() >= self.size {
            self.effects.push_back(Effect::Dismiss(worker));
        } else {
            match self.strategy {
                Strategy::Lifo => self.idle.push_front(worker),
                Strategy::Fifo => self.idle.push_back(worker),
            }
        }
    }

    /// A worker did not start. Who waits first, and has no other start to wait for, is refused.
    pub(super) fn failed(&mut self) -> Result<(), Short> {
        self.starting -= 1;
        if self.total() < self.size {
            return Err(Short);
        }
        if self.starting < self.waiting.len()
            && let Some(caller) = self.waiting.pop_first()
        {
            self.effects.push_back(Effect::Refuse(caller));
        }
        self.balance();
        Ok(())
    }

    /// A worker was started and has died since, before it had a place.
    pub(super) fn stillborn(&mut self) {
        self.starting -= 1;
        self.balance();
    }

    /// A worker has died. One that was dismissed before is known no more.
    pub(super) fn died(&mut self, worker: Worker) {
        if !self.lent.remove(&worker) {
            let Some(place) = self.idle.iter().position(|idle| *idle == worker) else { return };
            self.idle.remove(place);
        }
        self.balance();
    }

    pub(super) fn status(&self) -> Status {
        let available = self.idle.len() + self.spare();
        let state = if available > 0 {
            Availability::Ready
        } else if self.total() < self.most {
            Availability::Overflow
        } else {
            Availability::Full
        };
        let (overflow, lent) = (self.total().saturating_sub(self.size), self.lent.len());
        Status { state, available, overflow, lent }
    }
}
