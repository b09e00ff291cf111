//! What a callback may do to its own process.
//!
//! Each of these asks for its callback: what a server asks for, rustc checks that it handles.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::inside::{Extra, Inside};
use crate::process::node::{Node, ReplyType};
use crate::process::parcel::Parcel;
use crate::process::relations::unique;
use crate::process::timers::{Timed, later};
use crate::process::{self, Down, Exit, ExitReason, Inbox, LifeOutcome, Monitor, MonitorRef, Pid, Timer, discard};

use super::behaviour::{Behaviour, Receives};
use super::client::Client;
use super::message::{InfoFor, Message};
use super::reply::Reply;

/// What a callback may do to its own process.
///
/// A callback that wants it takes `cx: &mut Context<Self>`, anywhere among its parameters.
pub struct Context<S> {
    process: Arc<ProcessCell>,
    of: PhantomData<fn() -> S>,
}

impl<S> Context<S> {
    pub(crate) fn new(process: Arc<ProcessCell>) -> Self {
        Self { process, of: PhantomData }
    }

    pub(crate) fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    /// What belongs to the holder of the turn.
    #[allow(unsafe_code)]
    #[inline]
    pub(crate) fn inside(&mut self) -> &mut Inside {
        // SAFETY: there is one context of a process, and only its callbacks get at it, mutably: whoever is here runs
        // such a callback, which only the holder of the turn does. The borrow ends before the callback goes on.
        unsafe { &mut *self.process.inside() }
    }

    /// Notes which callback runs, for reports.
    #[inline]
    pub(crate) fn note(&mut self, name: &'static str) {
        self.inside().last = Some(name);
    }

    /// Notes something for after the callback.
    pub(crate) fn ask(&mut self) -> &mut Extra {
        let inside = self.inside();
        inside.asked = true;
        inside.extra()
    }

    /// The process's pid (`self()`).
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.process.pid()
    }

    /// The process's name.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.process.name()
    }

    /// Ends the process with this reason once the callback is done (`{stop, Reason, ..}`).
    ///
    /// `#[terminate]` runs; then the reply of a call is sent, then the process is gone. The first reason stands.
    pub fn stop(&mut self, reason: ExitReason) {
        self.ask().stop.get_or_insert(reason);
    }

    /// Gives back memory that a burst of messages took (`hibernate`). The runtime does so by itself when a mailbox runs
    /// empty; a process that sleeps has no stack to give back.
    pub fn hibernate(&mut self) {
        let shape = self.process.table().shape;
        self.inside().batch.shrink(shape, 0);
        self.process.mailbox.with(|mailbox| mailbox.queue.shrink(shape, 0));
    }

    /// Links this process to another (`link/1`). If that does not live, this one ends with
    /// [`ExitReason::NoProcess`], or gets an [`Exit`] if it traps exits.
    pub fn link(&mut self, pid: Pid) {
        self.process.link(pid);
    }

    /// Removes a link (`unlink/1`).
    pub fn unlink(&mut self, pid: Pid) {
        self.process.unlink(pid);
    }

    /// Stops watching; a `Down` that waits in the mailbox is removed (`demonitor` with `flush`).
    ///
    /// True if the monitor was still there, false if its `Down` had come.
    #[allow(clippy::must_use_candidate)]
    #[allow(unsafe_code)]
    pub fn demonitor(&mut self, monitor: &Monitor) -> bool {
        let reference: MonitorRef = monitor.reference();
        let there = self.process.demonitor(reference);
        if !there && !self.process.flush_down(reference) {
            let process = Arc::clone(&self.process);
            process.flush_batch(reference, &mut self.inside().batch);
        }
        there
    }

    /// Runs a future as a process of its own that is linked to this one (`spawn_link`): they end together, but for
    /// `Normal`.
    pub fn spawn<F>(&mut self, life: F) -> Pid
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        process::spawn_link(|_: Inbox<()>| life).pid()
    }
}

impl<S: Behaviour> Context<S> {
    /// A client of this process.
    #[must_use]
    pub fn client(&self) -> S::Client {
        Client::new(Address::Process(Arc::clone(&self.process))).into()
    }
}

impl<S: Receives> Context<S> {
    /// Sends this process a message after a time (`erlang:send_after/3`). The timer dies with the process.
    #[allow(clippy::must_use_candidate)]
    pub fn send_after<M: InfoFor<S>>(&mut self, after: Duration, message: M) -> Timer {
        let id = unique();
        let parcel = Parcel::new(message.into_message());
        self.process.add_timer(id, later(after), Timed::Once(parcel));
        Timer::new(&self.process, id)
    }

    /// Sends this process a message again and again (`timer:send_interval/2`), for the first time after one period.
    ///
    /// Ticks that were missed are skipped. The timer dies with the process.
    ///
    /// # Panics
    /// If the period is zero.
    #[allow(clippy::must_use_candidate)]
    #[track_caller]
    pub fn send_every<M: InfoFor<S> + Clone>(&mut self, period: Duration, message: M) -> Timer {
        assert!(!period.is_zero(), "a period must be longer than zero");
        let id = unique();
        let make = Box::new(move || Parcel::new(message.clone().into_message()));
        self.process.add_timer(id, later(period), Timed::Every(period, make));
        Timer::new(&self.process, id)
    }

    /// Watches a process: its end arrives at `#[info]` as a [`Down`].
    #[allow(clippy::must_use_candidate)]
    pub fn monitor(&mut self, pid: Pid) -> Monitor
    where
        Down: InfoFor<S>,
    {
        Monitor::new(self.process.monitor(pid, None), pid)
    }

    /// Says whether exits of linked processes shall arrive at `#[info]` as [`Exit`]s instead of ending this process.
    /// Returns what was so before. The exit of the process that started this one with a link runs `#[terminate]`.
    #[allow(clippy::must_use_candidate)]
    pub fn trap_exit(&mut self, trap: bool) -> bool
    where
        Exit: InfoFor<S>,
    {
        self.process.set_traps_exits(trap)
    }
}

impl<S> Context<S> {
    /// The reply of the present call.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    #[inline]
    pub fn reply<T: Message>(&mut self, reply: T) {
        // SAFETY: there is one context of a process, and only its callbacks get at it, mutably.
        unsafe { write_reply(&self.process, reply) };
    }

    /// The place for the reply of the present call, to send it later.
    #[doc(hidden)]
    pub fn later<T: Send + 'static>(&mut self) -> Reply<T> {
        let register = &mut self.inside().register;
        let node = register.kind.take().map(|kind| {
            register.place = std::ptr::null_mut();
            Arc::clone(register.node.get_or_insert_with(|| Arc::new(Node::new(kind))))
        });
        Reply::new(node, &self.process)
    }

    /// What a callback returned that nobody waits for.
    #[doc(hidden)]
    pub fn settle(&mut self, reason: Option<ExitReason>) {
        if let Some(reason) = reason {
            self.stop(reason);
        }
    }
}

/// Writes the reply of the present call where it is waited for. Not generic over the server, for the sake of code size.
///
/// # Safety
/// The caller runs a callback of this process, so it holds the turn.
#[allow(unsafe_code)]
#[inline]
unsafe fn write_reply<T: Send + 'static>(process: &ProcessCell, reply: T) {
    // SAFETY: as promised by the caller; the borrow ends at once. The place has room for a `T`, none is there yet, and
    // from now on the register says that one is.
    unsafe {
        if let Some(place) = (*process.inside()).fill(ReplyType::of::<T>()) {
            place.cast::<T>().write(reply);
        } else if const { std::mem::needs_drop::<T>() } {
            discard(reply);
        }
    }
}

impl<S> std::fmt::Debug for Context<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Context").field(&self.process).finish()
    }
}
