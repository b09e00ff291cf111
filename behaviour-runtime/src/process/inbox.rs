//! The inbox of a plain process: its messages, and selective receive.
//!
//! A plain process is an async function that takes its messages when it likes, and which it likes: what does not match
//! stays where it is, in order, for a later receive. `Down` and `Exit` arrive among the messages.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::address::Address;
use super::cell::ProcessCell;
use super::handle::Process;
use super::mailbox::Word;
use super::parcel::Parcel;
use super::pid::Pid;
use super::queue::Queue;
use super::relations::unique;
use super::shown::{self, Shown};
use super::signal::{Down, Exit, MonitorRef, System};
use super::sys::{Errand, Turn};
use super::timers::{Timed, later};
use super::{Monitor, Timer};

/// What a process's own loop can be sent.
pub(crate) trait Protocol: Sized + Send + 'static {
    /// Makes a message of a system message, if this process takes such.
    fn from_system(system: System) -> Result<Self, System>;

    /// The monitor that this is the `Down` of.
    fn monitor(&self) -> Option<MonitorRef>;
}

/// What arrives in the inbox of a plain process.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<M> {
    /// A message.
    Message(M),
    /// A monitored process has ended.
    Down(Down),
    /// A linked process has ended, and this one traps exits.
    Exit(Exit),
}

impl<M: Send + 'static> Protocol for Event<M> {
    fn from_system(system: System) -> Result<Self, System> {
        match system {
            System::Down(down) => Ok(Self::Down(down)),
            System::Exit(exit) => Ok(Self::Exit(exit)),
            System::Timeout | System::Stop(_) | System::Question(_) => Err(system),
        }
    }

    fn monitor(&self) -> Option<MonitorRef> {
        if let Self::Down(down) = self { Some(down.monitor) } else { None }
    }
}

/// The messages of a process's own loop.
#[derive(Debug)]
pub(crate) struct RawInbox<P> {
    process: Arc<ProcessCell>,
    saved: VecDeque<P>,
    /// The memory that the mailbox gets in exchange for what it holds; always empty between two pulls.
    spare: Queue,
}

impl<P: Protocol> RawInbox<P> {
    /// The process must have been made with `P`'s table.
    pub(crate) fn new(process: Arc<ProcessCell>) -> Self {
        Self { process, saved: VecDeque::new(), spare: Queue::new() }
    }

    pub(crate) fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    /// Takes over what lies in the mailbox; leaves a waker if nothing does.
    #[allow(unsafe_code)]
    fn pull(&mut self, cx: Option<&Context<'_>>) -> bool {
        let shape = self.process.table().shape;
        let queue = &mut self.spare;
        // As a rule it is the process's own task that waits here, whose waker the process has.
        let own = |waker: &Waker| self.process.waker().is_some_and(|own| own.will_wake(waker));
        let receiver = cx.map(|cx| (!own(cx.waker())).then(|| Box::new(cx.waker().clone())));
        let mut old = None;
        self.process.mailbox.with(|mailbox| {
            if mailbox.queue.is_empty() {
                if let Some(receiver) = receiver {
                    old = mailbox.listen(receiver);
                }
            } else {
                std::mem::swap(&mut mailbox.queue, queue);
                self.process.turn.unwant();
            }
        });
        drop(old);
        let found = !queue.is_empty();
        while let Some((word, message)) = queue.pop(shape) {
            // SAFETY: the process's table was made for `P`, so its entries hold a `P` each; each is taken out once.
            // Plain processes are sent no calls and no `Stop` entries.
            unsafe {
                drop(Word::from_raw(word));
                self.saved.push_back(message.cast::<P>().read());
            }
        }
        if queue.is_large() {
            queue.release(shape);
        }
        found
    }

    /// The first message that matches.
    pub(crate) fn poll_take(&mut self, cx: Option<&Context<'_>>, wanted: &mut dyn FnMut(&P) -> bool) -> Poll<P> {
        let mut seen = 0;
        loop {
            let found = self.saved.iter().skip(seen).position(&mut *wanted).map(|index| seen + index);
            if let Some(message) = found.and_then(|index| self.saved.remove(index)) {
                return Poll::Ready(message);
            }
            seen = self.saved.len();
            if !self.pull(cx) {
                return Poll::Pending;
            }
        }
    }

    /// What is next for a loop that does errands.
    pub(crate) async fn next(&mut self) -> Next<P> {
        poll_fn(|cx| match self.process.next_turn() {
            Turn::Errand(errand) => Poll::Ready(Next::Errand(errand)),
            Turn::Message => self.poll_take(Some(cx), &mut |_| true).map(Next::Message),
            // Who resumes it wakes it.
            Turn::Nothing => Poll::Pending,
        })
        .await
    }

    pub(crate) async fn take(&mut self, mut wanted: impl FnMut(&P) -> bool) -> P {
        poll_fn(|cx| self.poll_take(Some(cx), &mut wanted)).await
    }

    pub(crate) fn try_take(&mut self, mut wanted: impl FnMut(&P) -> bool) -> Option<P> {
        match self.poll_take(None, &mut wanted) {
            Poll::Ready(message) => Some(message),
            Poll::Pending => None,
        }
    }

    /// Removes the monitor's `Down`, if it lies here or in the mailbox.
    fn flush(&mut self, monitor: MonitorRef) -> bool {
        self.try_take(|message| message.monitor() == Some(monitor)).is_some()
    }
}

impl<P> Drop for RawInbox<P> {
    fn drop(&mut self) {
        self.spare.release(self.process.table().shape);
    }
}

/// What a loop that does errands does next.
pub(crate) enum Next<P> {
    Message(P),
    Errand(Errand),
}

/// The inbox of a plain process.
///
/// Every receive takes the first match and leaves the rest in order. A receive that is dropped before it is done has
/// taken nothing.
///
/// ```
/// use behaviour_runtime::process::{self, Inbox};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// let (answer, asked) = tokio::sync::oneshot::channel();
/// let adder = process::spawn(|mut inbox: Inbox<u32>| async move {
///     let odd = inbox.receive(|n| n % 2 == 1).await; // selective: 2 stays where it is
///     let next = inbox.recv().await;
///     answer.send((odd, next)).ok();
/// });
/// adder.send(2);
/// adder.send(3);
/// assert_eq!(asked.await, Ok((3, 2)));
/// # });
/// ```
#[derive(Debug)]
pub struct Inbox<M> {
    raw: RawInbox<Event<M>>,
}

impl<M: Send + 'static> Inbox<M> {
    pub(crate) fn new(process: Arc<ProcessCell>) -> Self {
        Self { raw: RawInbox::new(process) }
    }

    pub(super) fn cell(&self) -> &Arc<ProcessCell> {
        &self.raw.process
    }

    /// The process's own pid (`self()`).
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.raw.process.pid()
    }

    /// A handle to this process, to give to others.
    #[must_use]
    pub fn process(&self) -> Process<M> {
        Process::new(Address::Process(Arc::clone(&self.raw.process)))
    }

    /// The next message; `Down`s and `Exit`s stay where they are.
    pub async fn recv(&mut self) -> M {
        self.receive(|_| true).await
    }

    /// The first message that matches; everything else stays where it is.
    pub async fn receive(&mut self, mut wanted: impl FnMut(&M) -> bool) -> M {
        let event = self.raw.take(|event| matches!(event, Event::Message(message) if wanted(message))).await;
        match event {
            Event::Message(message) => message,
            Event::Down(_) | Event::Exit(_) => unreachable!("only a message was asked for"),
        }
    }

    /// Whatever comes next.
    pub async fn next(&mut self) -> Event<M> {
        self.raw.take(|_| true).await
    }

    /// The first event that matches; everything else stays where it is.
    pub async fn select(&mut self, wanted: impl FnMut(&Event<M>) -> bool) -> Event<M> {
        self.raw.take(wanted).await
    }

    /// The next `Down`, of any monitor.
    pub async fn down(&mut self) -> Down {
        self.raw.take(|event| matches!(event, Event::Down(_))).await.into_down()
    }

    /// The `Down` of this monitor.
    pub async fn down_of(&mut self, monitor: &Monitor) -> Down {
        let wanted = monitor.reference();
        self.raw.take(|event| event.monitor() == Some(wanted)).await.into_down()
    }

    /// The next `Exit`, of any process.
    pub async fn exit(&mut self) -> Exit {
        self.raw.take(|event| matches!(event, Event::Exit(_))).await.into_exit()
    }

    /// The `Exit` of this process.
    pub async fn exit_of(&mut self, pid: Pid) -> Exit {
        self.raw.take(|event| matches!(event, Event::Exit(exit) if exit.pid == pid)).await.into_exit()
    }

    /// What lies in the inbox now; nothing if it is empty (`receive … after 0`).
    pub fn try_next(&mut self) -> Option<Event<M>> {
        self.raw.try_take(|_| true)
    }

    /// Stops watching and removes the monitor's `Down` if it has come already (`demonitor` with `flush`).
    ///
    /// True if the monitor was still there, false if its `Down` had come.
    pub fn demonitor(&mut self, monitor: &Monitor) -> bool {
        let there = self.raw.process.demonitor(monitor.reference());
        self.raw.flush(monitor.reference());
        there
    }

    /// Keeps a state where others can see it and change it by [`sys`](crate::sys::of), as those of a server: what a plain
    /// process has in its variables nobody sees. What it showed before is seen no more.
    ///
    /// The process is asked beside its mailbox, whenever it waits: a message that was sent before may not have been
    /// taken out yet. So who sent one waits for a sign that it was handled, here for its answer.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// use behaviour::{process, sys};
    /// use tokio::sync::oneshot;
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let adder = process::spawn(|mut inbox: Inbox<(u64, oneshot::Sender<()>)>| async move {
    ///     let sum = inbox.show(100_u64);
    ///     loop {
    ///         let (more, added) = inbox.recv().await;
    ///         sum.with(|sum| *sum += more);
    ///         let _ = added.send(());
    ///     }
    /// });
    /// let (added, done) = oneshot::channel();
    /// adder.send((5, added));
    /// done.await?;
    ///
    /// let sys = sys::of(adder.pid());
    /// assert_eq!(sys.get_state().await?, "105");
    /// assert_eq!(sys.get_state_of(|sum: &u64| *sum).await?, 105);
    /// # Ok(())
    /// # }
    /// ```
    pub fn show<T: Debug + Send + 'static>(&self, state: T) -> Shown<T> {
        shown::show(&self.raw.process, state)
    }

    /// Sends the process a message after a time. The timer dies with the process.
    pub fn send_after(&self, after: Duration, message: M) -> Timer {
        let id = unique();
        let parcel = Parcel::new(Event::Message(message));
        self.raw.process.add_timer(id, later(after), Timed::Once(parcel));
        Timer::new(&self.raw.process, id)
    }
}

impl<M> Event<M> {
    fn into_down(self) -> Down {
        match self {
            Self::Down(down) => down,
            Self::Message(_) | Self::Exit(_) => unreachable!("only a `Down` was asked for"),
        }
    }

    fn into_exit(self) -> Exit {
        match self {
            Self::Exit(exit) => exit,
            Self::Message(_) | Self::Down(_) => unreachable!("only an `Exit` was asked for"),
        }
    }
}
