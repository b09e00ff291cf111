//! What a callback of a handler may do.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::edge::{Context, Message};
use crate::process::cell::ProcessCell;
use crate::process::{Down, Exit, ExitReason, LifeOutcome, Monitor, Pid, Timer, discard};

use super::client::EventManagerClient;
use super::describe::Succeeds;
use super::errands::{Tick, Told};
use super::error::HandlerError;
use super::handle::HandlerClient;
use super::handler::{EventHandler, HandlerOf, Handles};
use super::id::HandlerId;
use super::info::InfoForHandler;
use super::manager::EventManager;
use super::member::Newcomer;

/// What a callback of a handler may do: ask to be removed or swapped, and what belongs to its manager's process.
///
/// A callback that wants it takes `cx: &mut HandlerContext<Self>`, anywhere among its parameters.
pub struct HandlerContext<H: EventHandler> {
    manager: Context<EventManager<H::Event>>,
    id: HandlerId,
    /// Which handler of this id it is: others may have come and gone.
    number: u64,
    asked: Option<Asked<H>>,
    /// What is sent to it again and again.
    ticking: Vec<Timer>,
}

/// What a callback left to be done.
pub(super) enum Asked<H: EventHandler> {
    Fail(ExitReason),
    Remove,
    Swap(HandlerId, Swap<H>),
}

/// Makes the one that takes the handler's place, with what the handler leaves.
pub(super) type Swap<H> =
    Box<dyn FnOnce(Option<<H as EventHandler>::Left>) -> Box<dyn Newcomer<<H as Handles>::Event>> + Send>;

impl<H: EventHandler> HandlerContext<H> {
    pub(super) fn new(process: &Arc<ProcessCell>, id: HandlerId, number: u64) -> Self {
        Self { manager: Context::new(Arc::clone(process)), id, number, asked: None, ticking: Vec::new() }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn has_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn take_asked(&mut self) -> Option<Asked<H>> {
        self.asked.take()
    }

    /// The callback failed, whatever it asked for before.
    pub(super) fn fail(&mut self, reason: ExitReason) {
        let before = self.asked.replace(Asked::Fail(reason));
        discard(before);
    }

    /// What this handler is called at its manager.
    #[must_use]
    pub fn id(&self) -> &HandlerId {
        &self.id
    }

    /// The pid of the manager, in whose process the handler runs (`self()`).
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.manager.pid()
    }

    /// A client of the manager.
    #[must_use]
    pub fn manager(&self) -> EventManagerClient<H::Event> {
        self.manager.client()
    }

    /// A client of this handler.
    #[must_use]
    pub fn client(&self) -> H::Client {
        HandlerClient::new(self.manager(), self.id.clone()).into()
    }

    /// Removes this handler once the callback is done (`remove_handler`): `#[terminate]` gets
    /// [`Removed::Itself`](super::Removed). In a `#[call]`, the reply is sent all the same.
    ///
    /// What was asked for first stands.
    pub fn remove_handler(&mut self) {
        self.asked.get_or_insert(Asked::Remove);
    }

    /// Puts another handler in this one's place once the callback is done (`swap_handler`): `#[terminate]` gets
    /// [`Removed::Swapped`](super::Removed), and what it returns goes to the new one's `#[init(swap)]`.
    ///
    /// The owner stays the same. If the new one does not start, both are gone, and that is reported. What was asked for
    /// first stands.
    pub fn swap_handler<New>(&mut self, new: New)
    where
        New: Succeeds<H::Left>,
        New::Handler: HandlerOf<H::Event>,
    {
        if self.asked.is_none() {
            let id = new.called();
            self.asked = Some(Asked::Swap(id, Box::new(move |left| Box::new(new.with(left)))));
        }
    }

    /// Gives back memory that a burst of events took (`hibernate`). The runtime does so by itself a while after a burst.
    pub fn hibernate(&mut self) {
        self.manager.hibernate();
    }

    /// Sends this handler a message after a time (`erlang:send_after/3`). If the handler is gone by then, nobody gets it.
    #[allow(clippy::must_use_candidate)]
    pub fn send_after<M: InfoForHandler<H>>(&mut self, after: Duration, message: M) -> Timer {
        let told = Told::<H>::new(self.id.clone(), Some(self.number), message.into_message());
        self.manager.send_after(after, told)
    }

    /// Sends this handler a message again and again (`timer:send_interval/2`), for the first time after one period.
    ///
    /// Ticks that were missed are skipped. The timer ends with the handler.
    ///
    /// # Panics
    /// If the period is zero.
    #[allow(clippy::must_use_candidate)]
    pub fn send_every<M: InfoForHandler<H> + Clone>(&mut self, period: Duration, message: M) -> Timer {
        let timer = self.manager.send_every(period, Tick::<H, M>::new(self.id.clone(), self.number, message));
        self.ticking.push(timer.clone());
        timer
    }

    /// Watches a process: its end arrives at `#[info]` as a [`Down`].
    ///
    /// It is the manager that watches: every handler of it that has an `#[info]` for `Down` hears of the end, as in OTP.
    #[allow(clippy::must_use_candidate)]
    pub fn monitor(&mut self, pid: Pid) -> Monitor
    where
        Down: InfoForHandler<H>,
    {
        Monitor::new(self.manager.process().monitor(pid, None), pid)
    }

    /// Stops watching; a `Down` that waits in the mailbox is removed (`demonitor` with `flush`).
    ///
    /// True if the monitor was still there, false if its `Down` had come.
    #[allow(clippy::must_use_candidate)]
    pub fn demonitor(&mut self, monitor: &Monitor) -> bool {
        self.manager.demonitor(monitor)
    }

    /// Links the manager to a process (`link/1`). A manager traps exits, so the other's end arrives at `#[info]` as an
    /// [`Exit`], at every handler that has one for it.
    pub fn link(&mut self, pid: Pid)
    where
        Exit: InfoForHandler<H>,
    {
        self.manager.link(pid);
    }

    /// Removes a link (`unlink/1`).
    pub fn unlink(&mut self, pid: Pid) {
        self.manager.unlink(pid);
    }

    /// Runs a future as a process of its own that ends with the manager (`spawn_link`).
    pub fn spawn<F>(&mut self, life: F) -> Pid
    where
        F: Future<Output: LifeOutcome> + Send + 'static,
    {
        self.manager.spawn(life)
    }

    /// The reply of the present call.
    #[doc(hidden)]
    pub fn reply<T: Message>(&mut self, reply: T) {
        self.manager.reply(Ok::<T, HandlerError>(reply));
    }

    /// What a callback returned that nobody waits for.
    #[doc(hidden)]
    pub fn settle(&mut self, reason: Option<ExitReason>) {
        if let Some(reason) = reason {
            self.fail(reason);
        }
    }
}

impl<H: EventHandler> Drop for HandlerContext<H> {
    fn drop(&mut self) {
        for timer in &self.ticking {
            timer.cancel();
        }
        // What it asked for as it ended.
        let asked = self.asked.take();
        discard(asked);
    }
}

impl<H: EventHandler> std::fmt::Debug for HandlerContext<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandlerContext").field("handler", &self.id).finish_non_exhaustive()
    }
}
