//! What a state machine's callbacks may ask for (the actions of otp.md 6.4).
//!
//! A handler asks, and goes on; what it asked for is done once the event is handled and the new state is entered. Of
//! several requests for one timeout the last counts, those of enter callbacks included: to arm it and to update it in one
//! round is to update the one that ran before.

use std::any::TypeId;
use std::sync::Arc;

use crate::edge::{Context, Reply};
use crate::process::ExitReason;
use crate::process::node::Node;
use crate::process::parcel::Parcel;
use crate::process::report;

use super::behaviour::GenStatem;
use super::body::Body;
use super::event::Event;
use super::message::{EventTimeoutFor, EventTimeouts, InternalFor, StateTimeoutFor, StateTimeouts, TimeoutFor};
use super::pure::{Timer, When};
use super::round::Round;
use super::state::{Place, State, StateInfo};

impl<S: GenStatem> Context<S> {
    #[allow(unsafe_code)]
    #[inline]
    fn round(&mut self) -> &mut Round {
        let body = self.inside().body.cast::<Body<S>>();
        // SAFETY: a machine's context lies in its body, whose address the process has from before `#[init]` to its end.
        // Whoever is here runs a callback, which only the holder of the turn does; callbacks borrow the other parts of
        // the body, and this borrow ends before the callback goes on.
        unsafe { &mut (*body).round }
    }

    /// The name of the state: while an event is handled, of that in which it found the machine.
    #[must_use]
    pub fn state_name(&mut self) -> &'static str {
        StateInfo::name_of(S::State::STATES, self.round().now)
    }

    /// The present event shall be handled again once the state has changed (`postpone`).
    ///
    /// It is written in the handler itself: there the macro sees the word, and keeps a copy of what the event carries,
    /// which must be `Clone`. What the handler of a call returns as its reply is not sent then.
    ///
    /// # Panics
    /// In an `#[enter]` callback, which handles no event.
    pub fn postpone(&mut self) {
        let round = self.round();
        round.refuse_on_entry("postpone");
        round.postpones = true;
    }

    /// Handles an event before any that waits (`{next_event, internal, Event}`): one that `#[internal]` takes, or one of
    /// the machine's own messages. Several are handled in the order in which they were asked for.
    ///
    /// # Panics
    /// In an `#[enter]` callback.
    pub fn next_event<M: InternalFor<S>>(&mut self, event: M) {
        let event = Event::new(event.into_message());
        let round = self.round();
        round.refuse_on_entry("insert an event");
        round.agenda.insert(event);
    }

    /// Handles a call of the machine's own messages before any event that waits; its reply goes to whoever waits for this
    /// one (`{next_event, {call, From}, Event}`).
    ///
    /// # Panics
    /// In an `#[enter]` callback.
    pub fn next_call<T: Send + 'static>(&mut self, reply: Reply<T>, call: S::Message) {
        let event = Event::of(reply.into_node(), call);
        let round = self.round();
        round.refuse_on_entry("insert an event");
        round.agenda.insert(event);
    }

    /// Makes the enter call again, though the state stays (`repeat_state`). Timeouts run on, but for what
    /// `#[state_timeout(30s)]` armed, which begins anew; nothing that was postponed comes back.
    pub fn repeat_state(&mut self) {
        self.round().repeats = true;
    }

    /// If the state has not changed by then, `#[state_timeout]` is called (`{state_timeout, Time, _}`).
    ///
    /// `when` is a `Duration` or a tokio `Instant`. Together with a change of state it belongs to the new state. No time
    /// at all is after the events that were inserted or come again, and before any from outside.
    pub fn state_timeout(&mut self, when: impl Into<When>)
    where
        S: StateTimeouts,
    {
        self.round().agenda.set(Timer::State, Event::Made(|| Parcel::new(S::state_timeout())), when.into());
    }

    /// As [`state_timeout`](Self::state_timeout), for the callback that takes this content.
    pub fn state_timeout_with<M: StateTimeoutFor<S>>(&mut self, content: M, when: impl Into<When>) {
        self.arm(Timer::State, content.into_message(), when.into());
    }

    /// Gives the running state timeout another content, its time unchanged (`{state_timeout, update, Content}`). If none
    /// runs, it comes at once; one that `#[state_timeout(30s)]` arms in this round runs.
    pub fn update_state_timeout<M: StateTimeoutFor<S>>(&mut self, content: M) {
        self.rearm(Timer::State, content.into_message());
    }

    /// Cancels the state timeout (`{state_timeout, cancel}`).
    pub fn cancel_state_timeout(&mut self) {
        self.round().agenda.cancel(Timer::State);
    }

    /// If no event is handled until then, `#[event_timeout]` is called (`{timeout, Time, _}`).
    ///
    /// Any event ends it, also one that was inserted, and any other timeout.
    pub fn event_timeout(&mut self, when: impl Into<When>)
    where
        S: EventTimeouts,
    {
        self.round().agenda.set(Timer::Event, Event::Made(|| Parcel::new(S::event_timeout())), when.into());
    }

    /// As [`event_timeout`](Self::event_timeout), for the callback that takes this content.
    pub fn event_timeout_with<M: EventTimeoutFor<S>>(&mut self, content: M, when: impl Into<When>) {
        self.arm(Timer::Event, content.into_message(), when.into());
    }

    /// Gives the event timeout, which the present event ended, another content: it comes at once
    /// (`{timeout, update, Content}`), unless one was set by the same callback.
    pub fn update_event_timeout<M: EventTimeoutFor<S>>(&mut self, content: M) {
        self.rearm(Timer::Event, content.into_message());
    }

    /// Cancels the event timeout (`{timeout, cancel}`).
    pub fn cancel_event_timeout(&mut self) {
        self.round().agenda.cancel(Timer::Event);
    }

    /// Calls `#[timeout]` for this message then, whatever happens until then (`{{timeout, Name}, Time, _}`).
    ///
    /// There is one such timeout for each type of message; to arm it again replaces it.
    pub fn timer<M: TimeoutFor<S>>(&mut self, message: M, when: impl Into<When>) {
        self.arm(Timer::Named(TypeId::of::<M>()), message.into_message(), when.into());
    }

    /// Gives the timeout of this type another message, its time unchanged (`{{timeout, Name}, update, _}`). If none runs,
    /// it comes at once.
    pub fn update_timer<M: TimeoutFor<S>>(&mut self, message: M) {
        self.rearm(Timer::Named(TypeId::of::<M>()), message.into_message());
    }

    /// Cancels the timeout of this type (`{{timeout, Name}, cancel}`).
    pub fn cancel_timer<M: TimeoutFor<S>>(&mut self) {
        self.round().agenda.cancel(Timer::Named(TypeId::of::<M>()));
    }

    fn arm(&mut self, timer: Timer<TypeId>, content: S::Message, when: When) {
        self.round().agenda.set(timer, Event::new(content), when);
    }

    fn rearm(&mut self, timer: Timer<TypeId>, content: S::Message) {
        self.round().agenda.update(timer, Event::new(content));
    }

    /// Where a handler leads that took its state. False if it is nowhere, but to the end.
    #[doc(hidden)]
    #[allow(clippy::must_use_candidate)]
    #[inline]
    pub fn arrive(&mut self, place: &mut Place<S::State>, next: Result<S::State, ExitReason>) -> bool {
        match next {
            Ok(state) => {
                place.put(state);
                true
            }
            Err(reason) => {
                self.stop(reason);
                false
            }
        }
    }

    /// Whether the handler asked for the event to come again.
    #[doc(hidden)]
    pub fn postpones(&mut self) -> bool {
        self.round().postpones
    }

    /// Puts the present event off until the state has changed, its caller included.
    #[doc(hidden)]
    pub fn put_off(&mut self, message: S::Message) {
        let register = &mut self.inside().register;
        let node = register.kind.take().map(|kind| {
            register.place = std::ptr::null_mut();
            Arc::clone(register.node.get_or_insert_with(|| Arc::new(Node::new(kind))))
        });
        let round = self.round();
        round.kept = true;
        round.agenda.postpone(Event::of(node, message));
    }

    /// A handler took the state by value and failed, so that `#[terminate]` cannot see it.
    #[doc(hidden)]
    pub fn lost_state(&mut self) {
        let name = self.state_name();
        report::state_lost(self.process(), name);
    }

    /// Whether a callback has asked for the end.
    pub(super) fn is_stopping(&mut self) -> bool {
        let inside = self.inside();
        inside.asked && inside.extra.as_ref().is_some_and(|extra| extra.stop.is_some())
    }
}
