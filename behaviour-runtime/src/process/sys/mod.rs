//! System requests: what others ask of the process itself, and not of its callbacks (OTP's `sys`).
//!
//! A request is a function that the process's own task calls while it holds the turn, between two callbacks, so it may
//! touch what is inside. It waits at the process's [`Desk`], and a word in the mailbox says when its time has come:
//! what was sent before it is handled before it.
//!
//! ```text
//! sys.get_state(..)                       process
//! desk: the function, number 7            mailbox: deposit, deposit, #7, withdraw
//!                                         deposit, deposit handled; #7: the function is taken from the desk
//! ◄── its result, by a channel            withdraw handled
//! ```
//!
//! A suspended process waits in a callback of the runtime's own, [`Attending`], which looks at the desk and at nothing
//! else. So its turn is never free, no caller runs it in place, nothing is taken out of its mailbox, and an exit signal
//! still finds it, as it finds any process whose callback waits. A number in the mailbox whose request is gone by then
//! means nothing.
//!
//! The life of a plain process is one callback that never ends, and its mailbox its own: its requests are looked at
//! whenever it waits, and to suspend it is to leave that callback alone. A supervisor is such a process; but what it
//! keeps in its life it lends to an [`Errand`], which its own loop comes for between two letters, suspended or not.

mod debug;
mod error;
mod file;
mod items;
mod status;
mod visit;

use std::any::Any;
use std::collections::VecDeque;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

pub use self::debug::{Event, Statistics};
pub use self::error::SysError;
pub use self::file::LogFileError;
pub use self::items::DebugItems;
pub use self::status::{HandlerStatus, MachineStatus, Run, Status, TimeoutStatus};

pub(crate) use self::debug::Debug;
pub(crate) use self::visit::{Lent, Look, Visit, guarded};

use super::cell::ProcessCell;
use super::functions::BoxFuture;
use super::mailbox::{Entry, Word};
use super::reason::ExitReason;
use super::shown::Shows;
use super::{current, discard, report, runner};

/// What is done inside a process, by its own task.
pub(crate) type Request = Box<dyn FnOnce(&mut Visit<'_>) + Send>;

/// What is done to the live state of a supervisor, by its own loop.
pub(crate) type Errand = Box<dyn FnOnce(&mut dyn Any) + Send>;

/// The live state `L` as text, for the table of processes that keep such a one.
pub(crate) fn outline<L: Display + 'static>(live: &dyn Any) -> Option<String> {
    live.downcast_ref::<L>().map(|live| report::short(live))
}

/// What others want of a process.
#[derive(Default)]
pub(super) struct Desk {
    waiting: VecDeque<Waiting>,
    errands: VecDeque<Errand>,
    /// The number of the last request.
    last: u32,
    /// Whether the task looks here whenever it is woken.
    attended: bool,
    suspended: bool,
    /// What a plain process lets others see.
    shown: Option<Weak<dyn Shows>>,
}

struct Waiting {
    number: u32,
    /// Whether the mailbox says when its time has come.
    marked: bool,
    request: Request,
}

/// What is asked for is the user's: one whose destructor panics is no concern of the others.
impl Drop for Desk {
    fn drop(&mut self) {
        for Waiting { request, .. } in self.waiting.drain(..) {
            discard(request);
        }
        for errand in self.errands.drain(..) {
            discard(errand);
        }
    }
}

impl Desk {
    /// Leaves a request.
    fn take_in(&mut self, marked: bool, request: Request) -> u32 {
        self.last = self.last.checked_add(1).unwrap_or(1);
        self.waiting.push_back(Waiting { number: self.last, marked, request });
        self.last
    }

    /// The request of this number, if nobody has answered it.
    fn find(&mut self, number: u32) -> Option<Request> {
        let position = self.waiting.iter().position(|waiting| waiting.number == number)?;
        self.waiting.remove(position).map(|waiting| waiting.request)
    }

    /// Nobody attends any more, unless the process is suspended or something has come that has no mark in the mailbox.
    fn leave(&mut self) -> Left {
        if self.suspended {
            return Left::Stays;
        }
        self.attended = self.waiting.iter().any(|waiting| !waiting.marked);
        if self.attended { Left::More } else { Left::Gone }
    }

    /// The request that is next whatever lies in the mailbox: of a suspended process any, else one that is not marked.
    fn next(&mut self) -> Option<Request> {
        let position = self.waiting.iter().position(|waiting| self.suspended || !waiting.marked)?;
        self.waiting.remove(position).map(|waiting| waiting.request)
    }
}

/// Whether the desk was left.
enum Left {
    Stays,
    More,
    Gone,
}

impl ProcessCell {
    /// Asks for something to be done inside. Gives the request back if the process has ended; one that ends before it
    /// came to it drops the request.
    pub(crate) fn ask(&self, request: Request) -> Result<(), Request> {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            return Err(request);
        }
        let desk = relations.tables().desk.get_or_insert_default();
        if desk.attended {
            desk.take_in(false, request);
            drop(relations);
            self.wake();
        } else if self.table().plain {
            desk.take_in(false, request);
            let wake = self.turn.signal();
            drop(relations);
            if wake {
                self.wake();
            }
        } else {
            let number = desk.take_in(true, request);
            self.put_entry(relations, Entry::system(number));
        }
        Ok(())
    }

    /// Lets others see this state of a plain process from now on.
    pub(crate) fn show(&self, state: Weak<dyn Shows>) {
        let mut relations = self.relations();
        if relations.ended.is_none() {
            relations.tables().desk.get_or_insert_default().shown = Some(state);
        }
    }

    /// What a plain process shows, if it does.
    fn shown(&self) -> Option<Arc<dyn Shows>> {
        self.at_desk(|desk| desk.shown.as_ref()?.upgrade()).flatten()
    }

    /// Does something at the desk, if there is one.
    fn at_desk<R>(&self, f: impl FnOnce(&mut Desk) -> R) -> Option<R> {
        self.relations().tables.as_mut()?.desk.as_mut().map(|desk| f(desk))
    }

    /// Whether it is suspended.
    fn is_suspended(&self) -> bool {
        self.at_desk(|desk| desk.suspended).unwrap_or(false)
    }

    /// What the process's own loop is to do between two messages.
    pub(super) fn next_turn(&self) -> Turn {
        let turn = self.at_desk(|desk| match desk.errands.pop_front() {
            Some(errand) => Turn::Errand(errand),
            None if desk.suspended => Turn::Nothing,
            None => Turn::Message,
        });
        turn.unwrap_or(Turn::Message)
    }

    /// The process was told to end in order, which it does although it is suspended: a server's task looks for the
    /// order, and a plain process, which alone knows what was said, goes on.
    pub(super) fn hear_of_end(&self) {
        let plain = self.table().plain;
        let suspended = self.at_desk(|desk| {
            let suspended = desk.suspended;
            desk.suspended &= !plain;
            suspended
        });
        if suspended == Some(true) {
            self.wake();
        }
    }
}

/// What is next for the loop of a process that has errands done.
pub(super) enum Turn {
    Errand(Errand),
    Message,
    /// It is suspended.
    Nothing,
}

/// The mailbox came to the request of this number. The task calls this between two callbacks.
#[cold]
pub(super) fn answer(process: &Arc<ProcessCell>, number: u32) {
    if let Some(request) = process.at_desk(|desk| desk.find(number)).flatten() {
        Visit::of(process, request);
        renew_idle(process);
    }
}

/// A plain process was asked for something for the first time: from now on its task looks at its desk whenever it is
/// woken.
#[cold]
#[allow(unsafe_code)]
pub(super) fn attend(process: &Arc<ProcessCell>) {
    let begins =
        process.table().plain && process.at_desk(|desk| !std::mem::replace(&mut desk.attended, true)) == Some(true);
    if begins {
        // SAFETY: the task calls this, which holds the turn, and polls no future now.
        unsafe {
            let inside = process.inside();
            let life = (*inside).parked.take();
            (*inside).parked = Some(Box::pin(Attending { life }));
        }
    }
}

/// The callback that a suspended process waits in; around the life of a plain one.
struct Attending {
    life: Option<BoxFuture<'static, ()>>,
}

impl Attending {
    /// Keeps a server from its mailbox from now on.
    fn server() -> BoxFuture<'static, ()> {
        Box::pin(Self { life: None })
    }
}

impl Future for Attending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(process) = current::process() else { return Poll::Pending };
        loop {
            while let Some(request) = process.at_desk(Desk::next).flatten() {
                Visit::of(&process, request);
            }
            if let Some(life) = &mut self.life {
                // A life that is in the middle of something finishes that before it comes for its errand.
                let stands_still = process.at_desk(|desk| desk.suspended && desk.errands.is_empty());
                return if stands_still == Some(true) { Poll::Pending } else { life.as_mut().poll(cx) };
            }
            if process.is_suspended()
                && let Some(reason) = take_stop(&process)
            {
                process.at_desk(|desk| desk.suspended = false);
                runner::crashed(&process, reason);
            }
            match process.at_desk(Desk::leave) {
                Some(Left::Stays) => return Poll::Pending,
                Some(Left::More) => {}
                Some(Left::Gone) | None => {
                    renew_idle(&process);
                    return Poll::Ready(());
                }
            }
        }
    }
}

/// An order to end that lies in the mailbox of a suspended process.
#[allow(unsafe_code)]
fn take_stop(process: &ProcessCell) -> Option<ExitReason> {
    let shape = process.table().shape;
    // SAFETY: the task calls this, which holds the turn, so the batch is ours.
    let batch = unsafe { &mut (*process.inside()).batch };
    let (word, _) = batch.remove(shape, Word::is_stop).or_else(|| {
        process.mailbox.with(|mailbox| {
            let found = mailbox.queue.remove(shape, Word::is_stop);
            if found.is_some() && mailbox.queue.is_empty() {
                process.turn.unwant();
            }
            found
        })
    })?;
    // SAFETY: the entry was taken out of its queue, and its word is used once.
    match unsafe { Word::from_raw(word) } {
        Word::Stop(reason) => Some(reason.map(|reason| *reason).unwrap_or_default()),
        Word::Message | Word::Call(_) | Word::Down(_) | Word::System(_) => None,
    }
}

/// What the system asked for was done.
#[allow(unsafe_code)]
fn renew_idle(process: &ProcessCell) {
    // SAFETY: the task calls this, which holds the turn.
    unsafe { (*process.inside()).renew_idle() };
}
