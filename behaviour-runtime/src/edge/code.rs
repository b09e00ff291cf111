//! New code for a running process (`code_change`).
//!
//! Erlang loads a module anew, and a suspended process is told to go on in it. Rust loads nothing; but a program may
//! have a second version at hand, or other settings for the first. What the new code is, each behaviour says for
//! itself: each way is an impl of [`NewCode`] of its own.

use std::fmt;
use std::marker::PhantomData;

use crate::process::sys::{SysError, Visit, guarded};
use crate::process::{ExitReason, IntoError};

use super::behaviour::Receives;
use super::request::{Answer, Request, answer_with};
use super::start::Failure;
use super::sys::Sys;

/// What [`Sys::change_code`] may be given for an `S`.
///
/// `By` tells the ways apart, is found by rustc, and need not be said.
#[diagnostic::on_unimplemented(
    message = "`{S}` takes no such new code",
    label = "no code change of `{S}` takes this",
    note = "a server, a machine, and an event handler by its manager, take `Type::upgrade(..)`: its `#[code_change] fn code_change(&mut self, ..)` writes it",
    note = "the server of a trait takes `|old: &mut Old| Ok(New {{ .. }})`, an agent `|state: &mut State| Ok(())`",
    note = "a supervisor takes another value of its struct, a tree another `Tree`, a dynamic supervisor another `DynamicSupervisor::start()`; a partition supervisor and a pool take none"
)]
pub trait NewCode<S, By> {
    #[doc(hidden)]
    fn change(self) -> Change;
}

/// What is to be done inside the process.
#[doc(hidden)]
pub struct Change(Work);

type Work = Box<dyn FnOnce(&mut Visit<'_>, Answer<()>) + Send>;

impl Change {
    pub(crate) fn new(work: impl FnOnce(&mut Visit<'_>) -> Result<(), SysError> + Send + 'static) -> Self {
        Self(Box::new(move |visit, answer| answer_with(answer, || work(visit))))
    }

    /// What is done to the live state `L` of a process whose loop does errands.
    pub(crate) fn errand<L: 'static>(work: impl FnOnce(&mut L) -> Result<(), SysError> + Send + 'static) -> Self {
        Self(Box::new(move |visit, answer| {
            visit.leave(Box::new(move |live| {
                answer_with(answer, || live.downcast_mut().map_or(Err(SysError::NoState), work));
            }));
        }))
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// What a `#[code_change]` callback does to a running process that takes messages `M`: made by the `upgrade` that the
/// macro writes, carried out by [`Sys::change_code`].
#[must_use = "nothing is changed until it is given to `sys().change_code(..)`"]
pub struct Upgrade<M> {
    change: Change,
    of: PhantomData<fn(M)>,
}

impl<M> Upgrade<M> {
    pub(crate) fn new(work: impl FnOnce(&mut Visit<'_>) -> Result<(), SysError> + Send + 'static) -> Self {
        Self { change: Change::new(work), of: PhantomData }
    }
}

impl<M> fmt::Debug for Upgrade<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upgrade")
    }
}

/// Tells the change of a `#[code_change]` from others.
#[derive(Debug)]
#[doc(hidden)]
pub enum ByCallback {}

#[diagnostic::do_not_recommend]
impl<S: Receives> NewCode<S, ByCallback> for Upgrade<S::Message> {
    fn change(self) -> Change {
        self.change
    }
}

/// What a `#[code_change]` may return that changes its own state: `()`, or a `Result`, whose error undoes nothing.
#[diagnostic::on_unimplemented(
    message = "a `#[code_change]` cannot return `{Self}`",
    label = "this tells neither that the code was changed nor why it was not",
    note = "return nothing, or `Result<(), E>`, where `E` is an error"
)]
pub trait IntoChanged {
    /// Whether the code was changed.
    ///
    /// # Errors
    /// The error that the callback returned.
    fn into_changed(self) -> Result<(), Failure>;
}

impl IntoChanged for () {
    fn into_changed(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl<E: IntoError> IntoChanged for Result<(), E> {
    fn into_changed(self) -> Result<(), Failure> {
        self.map_err(|error| Failure(ExitReason::error(error)))
    }
}

impl<S> Sys<S> {
    /// Changes the code of a suspended process (`sys:change_code`, `code_change/3`).
    ///
    /// What the new code is depends on the behaviour:
    ///
    /// | of | what is given |
    /// |---|---|
    /// | a server, a machine | what its `#[code_change]` does, by the `upgrade` that the macro writes: `Account::upgrade(rate)`, or `Premium::upgrade(rate)` for another version |
    /// | a server of a trait | what makes another implementation of the one that runs: `\|old: &mut Savings\| Ok(Premium::from(old))` |
    /// | the handlers of a type, by their [`EventManager`](crate::event::EventManager) | what their `#[code_change]` takes: `Log::upgrade(..)` |
    /// | an [`Agent`](crate::agent::Agent) | what changes its state: `\|users: &mut Users\| users.sort()`, or with a `Result` |
    /// | a `#[supervisor]` | another value of its struct, whose `#[child]` methods describe the children from their next start on: `Bank { opening: 200 }` |
    /// | a [`Tree`](crate::supervisor::Tree) | another tree: other flags, and other children |
    /// | a [`DynamicSupervisor`](crate::supervisor::DynamicSupervisor) | another start, whose options hold from now on: `DynamicSupervisor::<Account>::start().max_children(9)` |
    ///
    /// Client, pid, name, mailbox, links, monitors and timers stay, and what waits is handled by the new code after the
    /// [`resume`](Self::resume). A new version brings its own options, `mailbox`, `call_timeout` and `inline`, which hold
    /// from then on; what is in the mailbox already stays, however much it is. Its `#[terminate]` and `#[format_status]` are
    /// the ones that run. The old value is dropped when the new one has taken over: a `Reply` that it still keeps fails its
    /// caller with [`CallError::NoReply`](crate::process::CallError::NoReply), and its `#[terminate]` does not run.
    ///
    /// If the change fails, no other version takes over and the process lives; but what the change had written through a
    /// `&mut` until then, to its own state or to that of the old version, stays. One that assigns the new value as its last
    /// deed has then changed nothing. Of several handlers those that were changed before the one that fails stay changed.
    ///
    /// Of a supervisor those children who run go on, and what is newly said of them (when they are restarted, how they are
    /// ended, what describes their next start) holds from now on. Those who are new stand where the new list has them and
    /// wait for `restart_child`. Those whom the list does not name stay as they are, behind all others. A list that the
    /// supervisor could not have been started with changes nothing, and the [`StartError`](crate::process::StartError)
    /// is in the [`SysError::CodeChange`]. The children of a dynamic supervisor keep what was said of them, and of the start
    /// that is given only `max_children`, `intensity`, `period`, `restart` and `shutdown` count: what says how a process
    /// begins (`named`, `link`, `within`, `via`) has no meaning for one that runs. The name of
    /// a tree stays; and a supervisor that is itself restarted is what *its* supervisor describes. The types of a
    /// `#[supervisor]`'s children are in its methods: a child that was upgraded to another version is restarted as the old
    /// one. A tree may be given a child of the same id that starts the new one.
    ///
    /// A [`PartitionSupervisor`](crate::supervisor::PartitionSupervisor) and a [`Pool`](crate::pool::Pool) take no new code.
    ///
    /// ```
    /// use behaviour::prelude::*;
    ///
    /// #[gen_server]
    /// struct Counter {
    ///     count: u32,
    ///     step: u32,
    /// }
    ///
    /// #[gen_server]
    /// impl Counter {
    ///     #[init]
    ///     fn init() -> Self {
    ///         Self { count: 0, step: 1 }
    ///     }
    ///
    ///     #[code_change]
    ///     fn step(&mut self, step: u32) {
    ///         self.step = step;
    ///     }
    ///
    ///     #[call]
    ///     fn count(&mut self) -> u32 {
    ///         self.count += self.step;
    ///         self.count
    ///     }
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let counter = Counter::start().await?;
    /// assert_eq!(counter.count().await?, 1);
    ///
    /// let sys = counter.sys();
    /// sys.suspend().await?;
    /// sys.change_code(Counter::upgrade(10)).await?;
    /// sys.resume().await?;
    /// assert_eq!(counter.count().await?, 11);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SysError::NotSuspended`] if the process runs, [`SysError::OtherImplementation`] if it runs another version than
    /// the change is for, [`SysError::CodeChange`] if the change returns an error or panics,
    /// [`SysError::CallbackFailed`] if what it brings along panics as it is dropped; else as for every request.
    pub fn change_code<By>(&self, change: impl NewCode<S, By>) -> Request<()> {
        let Change(work) = change.change();
        self.request_answered(move |visit, answer| {
            if visit.is_suspended() {
                work(visit, answer);
            } else {
                let _ = answer.send(Err(SysError::NotSuspended));
            }
        })
    }
}

/// Runs a code change of the user's; that it fails, or panics, is an error of the request.
pub(crate) fn changed<T>(change: impl FnOnce() -> Result<T, Failure>) -> Result<T, SysError> {
    match guarded(change) {
        Ok(Ok(new)) => Ok(new),
        Ok(Err(Failure(reason))) | Err(SysError::CallbackFailed(reason)) => Err(SysError::CodeChange(reason)),
        Err(error) => Err(error),
    }
}
