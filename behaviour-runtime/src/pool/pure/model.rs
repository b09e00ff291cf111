//! A slow and obvious pool: poolboy's rules, one clause each, where a worker is there as soon as it is asked for.

use super::{Availability, Caller, Status, Strategy, Worker};

/// What happens, as it shows from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Lent(Caller, Worker),
    Full(Caller),
    Waits(Caller),
    Dismissed(Worker),
}

#[derive(Debug)]
pub(super) struct Model {
    max_overflow: usize,
    strategy: Strategy,
    overflow: usize,
    /// In the order in which they came back.
    idle: Vec<Worker>,
    pub(super) lent: Vec<Worker>,
    pub(super) waiting: Vec<Caller>,
    /// How many were ever started; they are numbered by it.
    started: u64,
    pub(super) seen: Vec<Seen>,
}

impl Model {
    pub(super) fn new(size: usize, max_overflow: usize, strategy: Strategy) -> Self {
        let mut model = Self {
            max_overflow,
            strategy,
            overflow: 0,
            idle: Vec::new(),
            lent: Vec::new(),
            waiting: Vec::new(),
            started: 0,
            seen: Vec::new(),
        };
        for _ in 0..size {
            let worker = model.start();
            model.idle.push(worker);
        }
        model
    }

    fn start(&mut self) -> Worker {
        self.started += 1;
        self.started
    }

    fn lend(&mut self, caller: Caller, worker: Worker) {
        self.lent.push(worker);
        self.seen.push(Seen::Lent(caller, worker));
    }

    pub(super) fn checkout(&mut self, caller: Caller, block: bool) {
        if !self.idle.is_empty() {
            let worker = match self.strategy {
                Strategy::Lifo => self.idle.pop().expect("it is not empty"),
                Strategy::Fifo => self.idle.remove(0),
            };
            self.lend(caller, worker);
        } else if self.overflow < self.max_overflow {
            self.overflow += 1;
            let worker = self.start();
            self.lend(caller, worker);
        } else if block {
            self.waiting.push(caller);
            self.seen.push(Seen::Waits(caller));
        } else {
            self.seen.push(Seen::Full(caller));
        }
    }

    pub(super) fn cancel(&mut self, caller: Caller) {
        self.waiting.retain(|waiting| *waiting != caller);
    }

    pub(super) fn checkin(&mut self, worker: Worker) {
        if !self.lent.contains(&worker) {
            return;
        }
        self.lent.retain(|lent| *lent != worker);
        if !self.waiting.is_empty() {
            let caller = self.waiting.remove(0);
            self.lend(caller, worker);
        } else if self.overflow > 0 {
            self.overflow -= 1;
            self.seen.push(Seen::Dismissed(worker));
        } else {
            self.idle.push(worker);
        }
    }

    pub(super) fn died(&mut self, worker: Worker) {
        if self.idle.contains(&worker) {
            self.idle.retain(|idle| *idle != worker);
            let new = self.start();
            self.idle.push(new);
        } else if self.lent.contains(&worker) {
            self.lent.retain(|lent| *lent != worker);
            if !self.waiting.is_empty() {
                let (caller, new) = (self.waiting.remove(0), self.start());
                self.lend(caller, new);
            } else if self.overflow > 0 {
                self.overflow -= 1;
            } else {
                let new = self.start();
                self.idle.push(new);
            }
        }
    }

    pub(super) fn idle(&self) -> &[Worker] {
        &self.idle
    }

    pub(super) fn status(&self) -> Status {
        let state = if self.overflow < 1 {
            match (self.idle.is_empty(), self.max_overflow < 1) {
                (true, true) => Availability::Full,
                (true, false) => Availability::Overflow,
                (false, _) => Availability::Ready,
            }
        } else if self.overflow == self.max_overflow {
            Availability::Full
        } else {
            Availability::Overflow
        };
        Status { state, available: self.idle.len(), overflow: self.overflow, lent: self.lent.len() }
    }
}
