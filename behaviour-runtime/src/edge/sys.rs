//! The typed look inside: what a client may see and change of the state of its server.
//!
//! A request is a function that goes to the process and is called there; what it returns comes back. So nothing of the
//! state is copied but what the caller asks for, and the state need not be `Clone`, nor `Debug`.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use crate::process::address::Address;
use crate::process::sys::{Debug, Event, Statistics, Status, SysError, Visit, guarded};
use crate::process::{ExitReason, Pid, table};

use super::behaviour::Receives;
use super::client::Client;
use super::request::{Answer, Request, answer_with};

/// What has a state that its clients may look at. The macros implement it for servers and state machines.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no state to look at",
    label = "this has no state of its own type",
    note = "of a supervisor or a pool there is the text, `sys::of(client.pid()).get_state()`, and of all the `get_status()`",
    note = "the server of a trait is looked into by `get_state_of(|it: &Implementation| ..)`"
)]
pub trait Stateful: Sized + 'static {
    /// What the state consists of.
    #[doc(hidden)]
    type Held: Holds<Self>;
}

/// How the state of an `S` is lent to who looks at it.
#[doc(hidden)]
pub trait Holds<S: 'static> {
    /// The state, to be looked at.
    type Seen<'a>;
    /// The state, to be changed.
    type Changed<'a>;

    fn seen<'a>(state: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<Self::Seen<'a>>;
    fn changed<'a>(state: Option<&'a mut dyn Any>, data: &'a mut dyn Any) -> Option<Self::Changed<'a>>;
}

/// What a look at the state of an `S` is given: `&S` of a server, `(&State, &S)` of a state machine.
pub type Seen<'a, S> = <<S as Stateful>::Held as Holds<S>>::Seen<'a>;

/// What may change the state of an `S` is given: `&mut S` of a server, `(&mut State, &mut S)` of a state machine.
pub type Changed<'a, S> = <<S as Stateful>::Held as Holds<S>>::Changed<'a>;

/// Stands for the type of a process that is only known by its pid.
#[derive(Debug)]
pub struct Unknown(());

/// The way into a process (OTP's `sys`): `client.sys()`, or [`of`] a pid.
///
/// A request waits its turn in the mailbox, so what the caller sent before is handled before; a suspended process
/// answers at once. It waits 5 s for the answer, or as long as [`within`](Request::within) says.
///
/// A plain process takes what it likes out of its mailbox, and so do a supervisor and a pool, which are such processes:
/// they are asked *beside* the mailbox. They answer as soon as they wait for something, whatever that is, and what the
/// caller sent before may still lie there (in OTP they answer when they come to the request). Who wants to see what
/// became of a message waits for a sign that it was handled first, such as an answer.
///
/// ```
/// # use behaviour::prelude::*;
/// # #[gen_server]
/// # struct Account { cents: u64 }
/// # #[gen_server]
/// # impl Account {
/// #     #[init]
/// #     fn init(cents: u64) -> Self { Self { cents } }
/// #     #[cast]
/// #     pub fn deposit(&mut self, cents: u64) { self.cents += cents; }
/// # }
/// # #[behaviour::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let account = Account::start(100).await?;
/// account.deposit(5);
/// assert_eq!(account.sys().get_state(|account| account.cents).await?, 105);
/// account.sys().replace_state(|account| account.cents = 0).await?;
///
/// let status = account.sys().get_status().await?;
/// assert_eq!(status.state.as_deref(), Some("Account { cents: 0 }"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Every request fails with [`SysError::Call`] if the process does not live ([`CallError::NoProcess`]), ends before it
/// answers ([`CallError::Exited`]), does not answer in time ([`CallError::Timeout`]; it will still do what it was asked),
/// or waits for the caller itself ([`CallError::CallingSelf`], [`CallError::Deadlock`]). As with a call, a supervisor's
/// child that is restarting is waited for, within the request's time, and there is no process when there will be none.
///
/// [`CallError::NoProcess`]: crate::process::CallError::NoProcess
/// [`CallError::Exited`]: crate::process::CallError::Exited
/// [`CallError::Timeout`]: crate::process::CallError::Timeout
/// [`CallError::CallingSelf`]: crate::process::CallError::CallingSelf
/// [`CallError::Deadlock`]: crate::process::CallError::Deadlock
pub struct Sys<S = Unknown> {
    /// None of a pid that nobody has.
    address: Option<Address>,
    of: PhantomData<fn() -> S>,
}

/// The way into a process of which only the pid is known.
///
/// ```
/// # use behaviour::process::{self, Inbox};
/// use behaviour::sys;
///
/// # #[behaviour::main]
/// # async fn main() -> Result<(), sys::SysError> {
/// let sleeper = process::spawn(|_: Inbox<()>| std::future::pending::<()>());
/// let status = sys::of(sleeper.pid()).get_status().await?;
/// assert_eq!(status.run, sys::Run::Running);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn of(pid: Pid) -> Sys {
    Sys { address: table::find(pid).map(Address::Process), of: PhantomData }
}

impl<S> Client<S> {
    /// The way into it: its state, its status, what it handles (OTP's `sys`).
    #[must_use]
    pub fn sys(&self) -> Sys<S> {
        Sys { address: Some(self.address().clone()), of: PhantomData }
    }
}

impl Sys {
    /// The state as text: as `#[format_status]` says it, or field by field, without those that are `#[secret]`. That of a
    /// supervisor are its flags and its children; one that is starting or ending a child answers when that is done.
    ///
    /// # Errors
    /// [`SysError::NoState`] from a plain process that does not [`show`](crate::process::Inbox::show) one; else as for
    /// every request.
    pub fn get_state(&self) -> Request<String> {
        self.request_answered(|visit, answer| {
            visit.describe(|state| drop(answer.send(state.ok_or(SysError::NoState))));
        })
    }

    /// Looks at the state, whose type the function says: `|sum: &u64| *sum`. It is what a plain process
    /// [`show`](crate::process::Inbox::show)s; of a server the server, of a state machine the data.
    ///
    /// # Errors
    /// [`SysError::NoState`] as of [`get_state`](Self::get_state), and from a supervisor or a pool, whose state is text
    /// only; [`SysError::OtherImplementation`] if the state is of another type, [`SysError::CallbackFailed`] if the function panics; else as for every request.
    pub fn get_state_of<T, R, F>(&self, look: F) -> Request<R>
    where
        T: 'static,
        F: FnOnce(&T) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.replace_state_of(|state: &mut T| look(state))
    }

    /// Changes the state, whose type the function says: `|sum: &mut u64| *sum = 0`. It is the same as of
    /// [`get_state_of`](Self::get_state_of), and what is said at [`Sys::replace_state`] holds here, too.
    ///
    /// # Errors
    /// As for [`get_state_of`](Self::get_state_of).
    pub fn replace_state_of<T, R, F>(&self, change: F) -> Request<R>
    where
        T: 'static,
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.request(move |visit| {
            visit.find(|lent| {
                let state = lent.data.downcast_mut()?;
                Some(guarded(|| change(state)))
            })
        })
    }
}

impl<S: Stateful> Sys<S> {
    /// Looks at the state: the function is called in the process, and what it returns comes back (`sys:get_state`).
    ///
    /// It gets `&S`; of a state machine `(&State, &S)`, the state and the data. It works while the process is
    /// suspended, too. While it runs the process does nothing else, so it is short and waits for nothing.
    ///
    /// # Errors
    /// [`SysError::CallbackFailed`] if the function panics, which the process survives; [`SysError::OtherImplementation`]
    /// if another version of the server has taken over, of which [`version`](Self::version) tells more; else as for every
    /// request.
    pub fn get_state<R, F>(&self, look: F) -> Request<R>
    where
        F: for<'a> FnOnce(Seen<'a, S>) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.request(move |visit| {
            visit.find(|lent| {
                let seen = S::Held::seen(lent.state, lent.data)?;
                Some(guarded(|| look(seen)))
            })
        })
    }

    /// Changes the state behind the callbacks' backs, for who mends a running system (`sys:replace_state`).
    ///
    /// The function gets `&mut S`; of a state machine `(&mut State, &mut S)`. It is no event: it ends no timeout, and
    /// another state of a machine is no transition, so nothing is entered, retried or cancelled. A state timeout runs on
    /// and comes as that of the state which the machine is in by then; one that this does not know is logged.
    ///
    /// If the function panics, the process lives on with what it had changed until then. One that makes a new value
    /// first and assigns it as its last deed, `*account = Account { .. }`, has then changed nothing.
    ///
    /// # Errors
    /// As for [`get_state`](Self::get_state).
    pub fn replace_state<R, F>(&self, change: F) -> Request<R>
    where
        F: for<'a> FnOnce(Changed<'a, S>) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.request(move |visit| {
            visit.find(|lent| {
                let changed = S::Held::changed(lent.state, lent.data)?;
                Some(guarded(|| change(changed)))
            })
        })
    }
}

impl<S: Receives> Sys<S> {
    /// The same way, for who knows which version of the server runs there since its
    /// [code was changed](Self::change_code).
    ///
    /// ```
    /// use behaviour::prelude::*;
    /// use behaviour::sys::SysError;
    ///
    /// #[gen_server]
    /// struct Account {
    ///     cents: u64,
    /// }
    ///
    /// #[gen_server]
    /// impl Account {
    ///     #[init]
    ///     fn init(cents: u64) -> Self {
    ///         Self { cents }
    ///     }
    ///
    ///     #[call]
    ///     fn balance(&self) -> u64 {
    ///         self.cents
    ///     }
    /// }
    ///
    /// #[gen_server]
    /// struct Premium {
    ///     cents: u64,
    ///     bonus: u64,
    /// }
    ///
    /// #[gen_server]
    /// impl Premium {
    ///     #[init]
    ///     fn init(cents: u64) -> Self {
    ///         Self { cents, bonus: 0 }
    ///     }
    ///
    ///     #[code_change]
    ///     fn upgraded(old: &mut Account, bonus: u64) -> Self {
    ///         Self { cents: old.cents, bonus }
    ///     }
    ///
    ///     #[call]
    ///     fn balance(&self) -> u64 {
    ///         self.cents + self.bonus
    ///     }
    /// }
    ///
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let account = Account::start(100).await?;
    /// let sys = account.sys();
    /// sys.suspend().await?;
    /// sys.change_code(Premium::upgrade(5)).await?;
    /// sys.resume().await?;
    ///
    /// assert_eq!(sys.version::<Premium>().get_state(|premium| premium.bonus).await?, 5);
    /// assert_eq!(sys.get_state(|account| account.cents).await, Err(SysError::OtherImplementation));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// This looks at nothing and cannot fail. What is asked by it fails with [`SysError::OtherImplementation`] if the process
    /// runs another version than this.
    #[must_use]
    pub fn version<V: Receives<Message = S::Message>>(&self) -> Sys<V> {
        Sys { address: self.address.clone(), of: PhantomData }
    }
}

impl<S> Sys<S> {
    /// What is to be seen of the process (`sys:get_status`).
    pub fn get_status(&self) -> Request<Status> {
        self.request(|visit| Ok(visit.status()))
    }

    /// Lets the process handle nothing but requests like these, and what ends it, until it is resumed (`sys:suspend`).
    ///
    /// Everything else waits in the mailbox, in order; callers may run out of time. Exit signals, the exit of the
    /// parent, `stop` and `kill` end a suspended process as they end any other. To suspend it twice is the same as once.
    ///
    /// A plain process stands still where it waits; a supervisor does, too, and restarts nobody.
    pub fn suspend(&self) -> Request<()> {
        self.request(|visit| {
            visit.suspend();
            Ok(())
        })
    }

    /// Ends the suspension (`sys:resume`): the process handles what has come meanwhile. To resume a process that is not
    /// suspended does nothing.
    pub fn resume(&self) -> Request<()> {
        self.request(|visit| {
            visit.resume();
            Ok(())
        })
    }

    /// Ends the process in order, `#[terminate]` and all, before what waits in its mailbox is handled
    /// (`sys:terminate`). Succeeds as soon as the process has heard of it; [`Client::stop`] waits until it is gone.
    pub fn terminate(&self, reason: ExitReason) -> Request<()> {
        self.request(|visit| {
            visit.terminate(reason);
            Ok(())
        })
    }

    /// Tells every event through `tracing`, at level info under the target `behaviour::sys`, or no more (`sys:trace`).
    ///
    /// # Errors
    /// [`SysError::NoEvents`] from a plain process and a supervisor, as for all that watches events; else as for every
    /// request.
    pub fn trace(&self, on: bool) -> Request<()> {
        self.request(move |visit| visit.debug(|debug| debug.set_trace(on)))
    }

    /// Keeps the last so many events from now on; 0 ends it (`sys:log`). If there is a log, what fits stays in it.
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn log(&self, last: usize) -> Request<()> {
        self.request(move |visit| visit.debug(|debug| debug.set_log(last)))
    }

    /// The events in the log, the oldest first (`sys:log(_, get)`).
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn get_log(&self) -> Request<Vec<Event>> {
        self.request(|visit| visit.debug(|debug| debug.log()))
    }

    /// Writes every event to the end of this file from now on, a line for each, and to no other any more
    /// (`sys:log_to_file`). The file is made if there is none.
    ///
    /// The process opens the file itself, and waits for that. A thread of its own writes the lines, so the process does
    /// not wait for the disk between its callbacks; what is not written yet waits in memory, however much it is. When
    /// the process ends, or is no longer asked to, it waits until that thread is done: then all lines are in the file.
    ///
    /// ```
    /// # use behaviour::prelude::*;
    /// # #[gen_server]
    /// # struct Account { cents: u64 }
    /// # #[gen_server]
    /// # impl Account {
    /// #     #[init]
    /// #     fn init(cents: u64) -> Self { Self { cents } }
    /// #     #[call]
    /// #     pub fn balance(&self) -> u64 { self.cents }
    /// # }
    /// # #[behaviour::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = std::env::temp_dir().join(format!("behaviour-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// let file = directory.join("account.log");
    /// let account = Account::start(100).named("the account").await?;
    /// account.sys().log_to_file(&file).await?;
    /// account.balance().await?;
    /// account.stop().await?;
    /// assert_eq!(std::fs::read_to_string(&file)?, "the account got call balance\nthe account answered balance\n");
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SysError::LogFile`] if the file cannot be opened; else as for [`trace`](Self::trace). What cannot be written
    /// later, on a full disk, is an error that is told through `tracing`, and then nothing more is written.
    pub fn log_to_file(&self, path: impl Into<PathBuf>) -> Request<()> {
        let path = path.into();
        self.request(move |visit| visit.log_to_file(Some(path)))
    }

    /// Writes no more events to a file (`sys:log_to_file(_, false)`): succeeds when all that were told are written.
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn no_log_to_file(&self) -> Request<()> {
        self.request(|visit| visit.log_to_file(None))
    }

    /// Counts messages and replies from now on, from nothing, or no more (`sys:statistics`).
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn statistics(&self, on: bool) -> Request<()> {
        self.request(move |visit| visit.debug(|debug| debug.set_statistics(on)))
    }

    /// What was counted; none if nobody counts (`sys:statistics(_, get)`).
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn get_statistics(&self) -> Request<Option<Statistics>> {
        self.request(|visit| visit.debug(|debug| debug.statistics()))
    }

    /// Has a function called at each event, with the name of the process, or its type and pid if it has none
    /// (`sys:install`). False if there is one of this id already, which stays.
    ///
    /// It runs in the process, before and after the callback. One that panics is removed, and that is logged.
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn install<F>(&self, id: &str, watch: F) -> Request<bool>
    where
        F: FnMut(&Event, &str) + Send + 'static,
    {
        let id = Arc::from(id);
        self.request(move |visit| visit.debug(|debug| debug.install(id, Box::new(watch))))
    }

    /// Removes the function of this id; false if there is none (`sys:remove`).
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn remove(&self, id: &str) -> Request<bool> {
        let id: Arc<str> = id.into();
        self.request(move |visit| visit.debug(|debug| debug.remove(&id)))
    }

    /// Ends all of these: the trace, the log, the file, the statistics, every function (`sys:no_debug`).
    ///
    /// # Errors
    /// As for [`trace`](Self::trace).
    pub fn no_debug(&self) -> Request<()> {
        self.request(|visit| visit.debug(Debug::clear))
    }

    pub(crate) fn request<T>(
        &self,
        work: impl FnOnce(&mut Visit<'_>) -> Result<T, SysError> + Send + 'static,
    ) -> Request<T>
    where
        T: Send + 'static,
    {
        self.request_answered(move |visit, answer| answer_with(answer, || work(visit)))
    }

    /// As [`request`](Self::request), where the answer may come after the visit.
    pub(crate) fn request_answered<T>(
        &self,
        work: impl FnOnce(&mut Visit<'_>, Answer<T>) + Send + 'static,
    ) -> Request<T> {
        Request::new(self.address.clone(), work)
    }
}

impl<S> Clone for Sys<S> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), of: PhantomData }
    }
}

impl<S> fmt::Debug for Sys<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sys").field(&self.address.as_ref().and_then(Address::pid)).finish()
    }
}
