//! What comes next.
//!
//! ```text
//! inserted ─► retried (postponed once) ─► queued ─► timeouts of no time ─► from outside: messages, timers
//! └────────────── `queue` ──────────────┘          └────── `timers` ─────┘
//! ```
//!
//! While callbacks run (one for the event, then perhaps enter callbacks), their requests are only noted;
//! [`settle`](Agenda::settle) carries them out, in the order of otp.md 6.6, once it is known whether the state changed.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::timers::{Timer, Timers, When};

/// Something that a callback asked for.
#[derive(Debug)]
enum Request<E, N> {
    Set(Timer<N>, E, When),
    Update(Timer<N>, E),
    Cancel(Timer<N>),
}

/// Where an event of an agenda lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lies<N> {
    /// Before all that comes from outside.
    Queued,
    /// Until the state changes.
    Postponed,
    /// Until this timeout comes, after this time.
    Timeout(Timer<N>, Duration),
}

/// Puts events before those that are queued, in their order.
#[inline(never)]
fn to_the_front<E>(queue: &mut VecDeque<E>, events: &mut Vec<E>) {
    for event in events.drain(..).rev() {
        queue.push_front(event);
    }
}

/// What a machine has yet to do, beside what lies in its mailbox. Events are `E`s, names of timeouts `N`s.
#[derive(Debug)]
pub(crate) struct Agenda<E, N> {
    queue: VecDeque<E>,
    postponed: Vec<E>,
    timers: Timers<E, N>,
    /// How many events from outside were handled.
    handled: u64,
    inserted: Vec<E>,
    /// The last request of each kind.
    requests: Vec<Request<E, N>>,
    /// The state's own timeout, if a callback says nothing else.
    default: Option<(E, When)>,
    /// Whether there is anything in any of these: most events find an empty agenda and leave one.
    used: bool,
}

impl<E, N: Copy> Request<E, N> {
    fn timer(&self) -> Timer<N> {
        match self {
            Self::Set(timer, ..) | Self::Update(timer, _) | Self::Cancel(timer) => *timer,
        }
    }
}

impl<E, N: Copy + PartialEq> Agenda<E, N> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            postponed: Vec::new(),
            timers: Timers::new(),
            handled: 0,
            inserted: Vec::new(),
            requests: Vec::new(),
            default: None,
            used: false,
        }
    }

    /// An event from outside is about to be handled.
    #[inline]
    pub(crate) fn take_from_outside(&mut self) {
        self.handled += 1;
    }

    /// The present event shall come again once the state has changed (`postpone`).
    pub(crate) fn postpone(&mut self, event: E) {
        self.used = true;
        self.postponed.push(event);
    }

    /// An event to be handled before any that waits (`next_event`).
    pub(crate) fn insert(&mut self, event: E) {
        self.used = true;
        self.inserted.push(event);
    }

    /// Arms a timeout.
    pub(crate) fn set(&mut self, timer: Timer<N>, content: E, when: When) {
        self.request(Request::Set(timer, content, when));
    }

    /// Arms the state's timeout unless a callback says otherwise.
    pub(crate) fn set_by_default(&mut self, content: E, when: When) {
        self.used = true;
        self.default = Some((content, when));
    }

    /// Gives a timeout another content.
    pub(crate) fn update(&mut self, timer: Timer<N>, content: E) {
        self.request(Request::Update(timer, content));
    }

    /// Cancels a timeout.
    pub(crate) fn cancel(&mut self, timer: Timer<N>) {
        self.request(Request::Cancel(timer));
    }

    /// Of several requests of one kind the last counts.
    fn request(&mut self, request: Request<E, N>) {
        self.used = true;
        if !self.requests.is_empty() {
            let timer = request.timer();
            self.requests.retain(|other| other.timer() != timer);
        }
        self.requests.push(request);
    }

    /// The callbacks of an event are done: carries out what they asked for.
    #[inline]
    pub(crate) fn settle(&mut self, changed: bool) {
        if self.used {
            self.settle_used(changed);
        }
    }

    fn settle_used(&mut self, changed: bool) {
        if changed && !self.postponed.is_empty() {
            to_the_front(&mut self.queue, &mut self.postponed);
        }
        self.timers.cancel(Timer::Event);
        if changed {
            self.timers.cancel(Timer::State);
        }
        if let Some((content, when)) = self.default.take() {
            self.timers.set(Timer::State, content, when);
        }
        if !self.requests.is_empty() {
            self.settle_requests();
        }
        if !self.inserted.is_empty() {
            to_the_front(&mut self.queue, &mut self.inserted);
        }
        self.used = !self.queue.is_empty() || !self.postponed.is_empty() || !self.timers.is_empty();
    }

    #[inline(never)]
    fn settle_requests(&mut self) {
        for request in self.requests.drain(..) {
            match request {
                Request::Set(timer, content, when) => self.timers.set(timer, content, when),
                Request::Update(timer, content) => self.timers.update(timer, content),
                Request::Cancel(timer) => self.timers.cancel(timer),
            }
        }
    }

    /// Whether anything is to be done beside what comes from outside, now or at some time.
    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.used && (!self.queue.is_empty() || !self.timers.is_empty())
    }

    /// Whether something is to be handled before the next event from outside.
    #[inline]
    pub(crate) fn has_next(&self) -> bool {
        self.used && (!self.queue.is_empty() || self.timers.has_next(self.handled))
    }

    /// The next event, if it is not one from outside.
    pub(crate) fn next(&mut self) -> Option<E> {
        if let Some(event) = self.queue.pop_front() {
            return Some(event);
        }
        let event = self.timers.next(self.handled)?;
        Some(event)
    }

    /// Nothing waits outside: timers that are due wait for nothing any more. True if there is one.
    pub(crate) fn rest(&mut self) -> bool {
        let due = self.used && self.timers.has_next(u64::MAX);
        if due {
            self.timers.hurry();
        }
        due
    }

    /// When the first timer is due; `later` adds a time to a time.
    #[inline]
    pub(crate) fn first(
        &mut self,
        now: impl Fn() -> Instant,
        later: impl Fn(Instant, Duration) -> Instant,
    ) -> Option<Instant> {
        if self.used { self.timers.first(now, later) } else { None }
    }

    /// Whether a timer was armed of which [`first`](Self::first) does not know yet.
    #[inline]
    pub(crate) fn is_vague(&self) -> bool {
        self.used && self.timers.is_vague()
    }

    /// Time has passed: the timers that are due come after the events that wait outside.
    pub(crate) fn expire(&mut self, now: Instant, waiting: u64) {
        self.timers.expire(now, self.handled + waiting);
    }

    /// Shows every event to who looks inside, and where it lies.
    pub(crate) fn look(&mut self, now: Instant, seen: &mut dyn FnMut(Lies<N>, &mut E)) {
        self.queue.iter_mut().for_each(|event| seen(Lies::Queued, event));
        self.postponed.iter_mut().for_each(|event| seen(Lies::Postponed, event));
        self.timers.look(now, &mut |timer, left, event| seen(Lies::Timeout(timer, left), event));
    }

    /// Every event that was not handled and is no timeout: the machine ends.
    pub(crate) fn abandon(&mut self) -> impl Iterator<Item = E> {
        let inserted = std::mem::take(&mut self.inserted);
        let queue = std::mem::take(&mut self.queue);
        let postponed = std::mem::take(&mut self.postponed);
        inserted.into_iter().chain(queue).chain(postponed)
    }
}
