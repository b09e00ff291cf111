//! The process side of the tests: a mailbox and a clock that goes as the test says.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Agenda;

/// A machine that handles events as the runtime does.
pub(super) struct Driver<E> {
    pub(super) agenda: Agenda<E, u8>,
    start: Instant,
    /// Milliseconds since the start.
    pub(super) now: u64,
    mailbox: VecDeque<E>,
    /// No timer is due before, as far as is known.
    known: Option<u64>,
}

impl<E> Driver<E> {
    pub(super) fn new() -> Self {
        Self { agenda: Agenda::new(), start: Instant::now(), now: 0, mailbox: VecDeque::new(), known: None }
    }

    /// So many milliseconds after the start.
    pub(super) fn at(&self, now: u64) -> Instant {
        self.start + Duration::from_millis(now)
    }

    /// A message arrives.
    pub(super) fn send(&mut self, message: E) {
        self.mailbox.push_back(message);
    }

    /// The next event of all.
    pub(super) fn next(&mut self) -> Option<E> {
        let (has_next, is_busy) = (self.agenda.has_next(), self.agenda.is_busy());
        let next = self.agenda.next();
        assert_eq!(next.is_some(), has_next);
        assert!(is_busy || !has_next);
        if next.is_some() {
            return next;
        }
        let message = self.mailbox.pop_front()?;
        self.agenda.take_from_outside();
        Some(message)
    }

    /// Time passes, however much there is to do.
    pub(super) fn pass(&mut self, time: u64) {
        self.now += time;
        let waiting = self.mailbox.len().try_into().expect("they are few");
        self.agenda.expire(self.at(self.now), waiting);
    }

    /// Looks at the clock: says when the first timer is due.
    pub(super) fn look(&mut self) -> Option<u64> {
        let (now, is_vague) = (self.at(self.now), self.agenda.is_vague());
        let first = self.agenda.first(|| now, |now, time| now + time);
        assert!(!self.agenda.is_vague());
        let first = first.map(|first| (first - self.start).as_millis().try_into().expect("it is soon"));
        if let Some(first) = first {
            assert!(is_vague || self.known.is_some_and(|known| known <= first), "a new timer is not known");
        }
        self.known = first;
        first
    }

    /// Nothing is to be done: waits up to that time, but no longer than until a timer is due. Says whether one was.
    pub(super) fn rest_until(&mut self, until: u64) -> bool {
        assert!(self.mailbox.is_empty() && !self.agenda.has_next());
        assert!(!self.agenda.rest(), "a timer waits for messages, and there is none");
        let first = self.look();
        assert_eq!(self.agenda.is_busy(), first.is_some());
        let first = first.filter(|first| *first <= until);
        let until = first.unwrap_or(until).max(self.now);
        self.pass(until - self.now);
        assert_eq!(self.agenda.has_next(), first.is_some());
        first.is_some()
    }
}

/// For tests that go step by step.
impl Driver<&'static str> {
    /// Handles an event that does not change the state, and says which it was.
    pub(super) fn stay(&mut self, callback: impl FnOnce(&mut Agenda<&'static str, u8>)) -> &'static str {
        self.handle(false, callback)
    }

    /// Handles an event that changes the state, and says which it was.
    pub(super) fn change(&mut self, callback: impl FnOnce(&mut Agenda<&'static str, u8>)) -> &'static str {
        self.handle(true, callback)
    }

    fn handle(&mut self, changed: bool, callback: impl FnOnce(&mut Agenda<&'static str, u8>)) -> &'static str {
        let event = self.next().expect("something is to be done");
        callback(&mut self.agenda);
        self.agenda.settle(changed);
        event
    }

    /// Handles all that is to be done, and says what that was: nothing else comes of it.
    pub(super) fn rest(&mut self) -> String {
        let mut events = Vec::new();
        while let Some(event) = self.next() {
            self.agenda.settle(false);
            events.push(event);
        }
        events.join(" ")
    }

    /// Rests for a time, and says what was handled, and when.
    pub(super) fn wait(&mut self, time: u64) -> String {
        let until = self.now + time;
        let mut events = vec![self.rest()];
        while self.rest_until(until) {
            let come = self.rest();
            events.push(format!("{}: {come}", self.now));
        }
        events.retain(|events| !events.is_empty());
        events.join(", ")
    }
}
