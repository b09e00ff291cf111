//! The timeouts of a state machine: one for the state, one until the next event, and any number by name.
//!
//! Of each there is at most one. A timeout of no time is not a timer at all: it waits for its turn among the events. One
//! that is armed while the machine is busy is not given a time at once, for to look at the clock costs as much as to
//! handle an event, and most timeouts are cancelled before anybody would look: [`Timers::first`] does it when the
//! machine comes to rest, so that a timeout may come late by as much as that takes, and never early.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Which timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer<N> {
    /// Ended by any event (`timeout`).
    Event,
    /// Ended by a change of state (`state_timeout`).
    State,
    /// Ended by nobody but who armed it (`{timeout, Name}`).
    Named(N),
}

/// When a timeout comes: after a time, or at one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When(At);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    After(Duration),
    At(Instant),
}

impl From<Duration> for When {
    /// `Duration::ZERO` is at once, `Duration::MAX` never.
    fn from(after: Duration) -> Self {
        Self(At::After(after))
    }
}

impl From<Instant> for When {
    fn from(at: Instant) -> Self {
        Self(At::At(at))
    }
}

/// How a timeout waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// For its turn among the timeouts of no time.
    Turn,
    /// For its time.
    Time(At),
    /// Its time has come; it waits until this many events from outside were handled.
    Behind(u64),
}

/// A timeout that was armed.
#[derive(Debug)]
struct Armed<E> {
    content: E,
    wait: Wait,
    /// Its number, by which those of one time keep their order.
    number: u64,
}

/// The timeouts of one machine.
#[derive(Debug)]
pub(super) struct Timers<E, N> {
    event: Option<Armed<E>>,
    state: Option<Armed<E>>,
    named: Vec<(N, Armed<E>)>,
    /// Those whose turn it is, in the order in which they were asked for.
    turns: VecDeque<Timer<N>>,
    /// Those whose time has come, in the order of their times.
    late: VecDeque<Timer<N>>,
    /// How many were armed.
    armed: u64,
    /// Whether a timer was armed since [`first`](Self::first) was asked.
    vague: bool,
}

impl<E, N: Copy + PartialEq> Timers<E, N> {
    pub(super) const fn new() -> Self {
        Self {
            event: None,
            state: None,
            named: Vec::new(),
            turns: VecDeque::new(),
            late: VecDeque::new(),
            armed: 0,
            vague: false,
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.state.is_none() && self.event.is_none() && self.named.is_empty()
    }

    fn all(&mut self) -> impl Iterator<Item = (Timer<N>, &mut Armed<E>)> {
        let named = self.named.iter_mut().map(|(name, armed)| (Timer::Named(*name), armed));
        let event = self.event.as_mut().map(|armed| (Timer::Event, armed));
        let state = self.state.as_mut().map(|armed| (Timer::State, armed));
        event.into_iter().chain(state).chain(named)
    }

    fn get(&mut self, timer: Timer<N>) -> Option<&mut Armed<E>> {
        match timer {
            Timer::Event => self.event.as_mut(),
            Timer::State => self.state.as_mut(),
            Timer::Named(name) => self.named.iter_mut().find(|(other, _)| *other == name).map(|(_, armed)| armed),
        }
    }

    /// Arms a timeout, in place of the one of its kind.
    pub(super) fn set(&mut self, timer: Timer<N>, content: E, when: When) {
        self.cancel(timer);
        let wait = match when.0 {
            At::After(Duration::MAX) => return,
            At::After(Duration::ZERO) => {
                self.turns.push_back(timer);
                Wait::Turn
            }
            at => {
                self.vague = true;
                Wait::Time(at)
            }
        };
        self.armed += 1;
        let armed = Armed { content, wait, number: self.armed };
        match timer {
            Timer::Event => self.event = Some(armed),
            Timer::State => self.state = Some(armed),
            Timer::Named(name) => self.named.push((name, armed)),
        }
    }

    /// Gives a timeout another content, its time unchanged; one that does not run comes at once.
    pub(super) fn update(&mut self, timer: Timer<N>, content: E) {
        match self.get(timer) {
            Some(armed) => armed.content = content,
            None => self.set(timer, content, Duration::ZERO.into()),
        }
    }

    /// Cancels a timeout; nothing happens if it does not run.
    #[inline]
    pub(super) fn cancel(&mut self, timer: Timer<N>) {
        drop(self.take(timer));
    }

    #[inline]
    fn take(&mut self, timer: Timer<N>) -> Option<E> {
        let Armed { content, wait, .. } = match timer {
            Timer::Event => self.event.take()?,
            Timer::State => self.state.take()?,
            Timer::Named(name) => {
                let position = self.named.iter().position(|(other, _)| *other == name)?;
                self.named.swap_remove(position).1
            }
        };
        if !matches!(wait, Wait::Time(_)) {
            self.turns.retain(|other| *other != timer);
            self.late.retain(|other| *other != timer);
        }
        Some(content)
    }

    /// The next timeout of no time, or one whose time came before this many events from outside had been handled.
    pub(super) fn next(&mut self, handled: u64) -> Option<E> {
        let timer = self.first_of(handled)?;
        self.take(timer)
    }

    /// Whether [`next`](Self::next) would give one.
    #[inline]
    pub(super) fn has_next(&self, handled: u64) -> bool {
        !(self.turns.is_empty() && self.late.is_empty()) && self.first_of(handled).is_some()
    }

    fn first_of(&self, handled: u64) -> Option<Timer<N>> {
        if let Some(timer) = self.turns.front() {
            return Some(*timer);
        }
        let timer = *self.late.front()?;
        let armed = match timer {
            Timer::Event => self.event.as_ref(),
            Timer::State => self.state.as_ref(),
            Timer::Named(name) => self.named.iter().find(|(other, _)| *other == name).map(|(_, armed)| armed),
        };
        let waits = armed.is_some_and(|armed| matches!(armed.wait, Wait::Behind(before) if before > handled));
        (!waits).then_some(timer)
    }

    /// When the first timer is due. Those that were armed after a time get their time now.
    pub(super) fn first(
        &mut self,
        now: impl Fn() -> Instant,
        later: impl Fn(Instant, Duration) -> Instant,
    ) -> Option<Instant> {
        self.vague = false;
        let mut clock = None;
        let mut first: Option<Instant> = None;
        for (_, armed) in self.all() {
            let Wait::Time(when) = &mut armed.wait else { continue };
            let at = match *when {
                At::At(at) => at,
                At::After(after) => later(*clock.get_or_insert_with(&now), after),
            };
            *when = At::At(at);
            first = first.into_iter().chain([at]).min();
        }
        first
    }

    /// Shows every timeout, and how much of its time is left.
    pub(super) fn look(&mut self, now: Instant, seen: &mut dyn FnMut(Timer<N>, Duration, &mut E)) {
        for (timer, armed) in self.all() {
            let left = match armed.wait {
                Wait::Time(At::After(after)) => after,
                Wait::Time(At::At(at)) => at.saturating_duration_since(now),
                Wait::Turn | Wait::Behind(_) => Duration::ZERO,
            };
            seen(timer, left, &mut armed.content);
        }
    }

    /// Marks the timers that are due: they come when this many events from outside have been handled.
    pub(super) fn expire(&mut self, now: Instant, behind: u64) {
        loop {
            let due = self.all().filter_map(|(timer, armed)| match armed.wait {
                Wait::Time(At::At(at)) if at <= now => Some((at, timer, armed)),
                _ => None,
            });
            // The first of those of one time is the one that was armed first.
            let Some((_, timer, armed)) = due.min_by_key(|(at, _, armed)| (*at, armed.number)) else { return };
            armed.wait = Wait::Behind(behind);
            self.late.push_back(timer);
        }
    }

    /// Those whose time has come wait for no events any more.
    pub(super) fn hurry(&mut self) {
        for (_, armed) in self.all() {
            if let Wait::Behind(before) = &mut armed.wait {
                *before = 0;
            }
        }
    }

    /// Whether a timer was armed that [`first`](Self::first) does not know yet.
    pub(super) fn is_vague(&self) -> bool {
        self.vague
    }
}
