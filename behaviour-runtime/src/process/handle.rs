//! Plain processes, from the outside.

use std::any::TypeId;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Monitor;
use super::address::Address;
use super::cell::ProcessCell;
use super::ended::Ended;
use super::error::CallError;
use super::functions::{Identity, ProcessKind, Table, WhenFull};
use super::inbox::{Event, Inbox, Protocol};
use super::outcome::{LifeOutcome, Outcome};
use super::parcel::{MessageType, Parcel};
use super::pid::Pid;
use super::queue::Shape;
use super::reason::ExitReason;
use super::relations::unique;
use super::report::name_of;
use super::signal::MonitorRef;
use super::start::{self, Made};
use super::sys::{Look, Status};

/// A handle to a plain process that takes `M`s.
pub struct Process<M> {
    address: Address,
    takes: PhantomData<fn(M)>,
}

impl<M: Send + 'static> Process<M> {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, takes: PhantomData }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The process's pid.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.address.pid().unwrap_or(Pid::NOBODY)
    }

    /// Sends a message (`!`): never waits, never fails; a message to a process that has ended is dropped.
    pub fn send(&self, message: M) {
        super::cast_parcel(&self.address, Parcel::new(Event::Message(message)));
    }

    /// Whether the process lives.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.address.with(|process| process.is_alive()).unwrap_or(false)
    }

    /// Sends it an exit signal (`exit/2`); see [`process::exit`](super::exit).
    pub fn exit(&self, reason: ExitReason) {
        super::exit(self.pid(), reason);
    }

    /// Kills it: it ends at its next await.
    pub fn kill(&self) {
        super::kill(self.pid());
    }

    /// Watches it from the present process: its end arrives there as a [`Down`](super::Down).
    ///
    /// # Panics
    /// Outside a process; [`ended`](Process::ended) works anywhere.
    #[allow(clippy::must_use_candidate)]
    pub fn monitor(&self) -> Monitor {
        super::monitor(self.pid())
    }

    /// Links the present process to it.
    ///
    /// # Errors
    /// If it does not live and the present process does not trap exits.
    ///
    /// # Panics
    /// Outside a process.
    pub fn link(&self) -> Result<(), CallError> {
        super::link(self.pid())
    }

    /// Removes the link between the present process and it.
    ///
    /// # Panics
    /// Outside a process.
    pub fn unlink(&self) {
        super::unlink(self.pid());
    }

    /// Waits until it has ended, and tells why.
    pub fn ended(&self) -> Ended {
        Ended::new(self.address.process())
    }
}

impl<M> Clone for Process<M> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), takes: PhantomData }
    }
}

impl<M> PartialEq for Process<M> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<M> Eq for Process<M> {}

impl<M> std::hash::Hash for Process<M> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

impl<M> std::fmt::Debug for Process<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Process").field(&self.address.pid()).finish()
    }
}

/// The table of a process with a loop of its own, which takes `P`s and is called `Of`.
pub(crate) struct Loop<P, Of: ?Sized>(PhantomData<(P, Of)>);

impl<P: Protocol, Of: ?Sized> Loop<P, Of> {
    pub(crate) const fn table(kind: ProcessKind, identity: Identity) -> Table {
        Table {
            shape: Shape::of::<P>(),
            type_name: name_of::<Of>,
            identity,
            kind,
            drop_message: drop_message::<P>,
            message_name: no_name,
            handle: nothing_to_handle,
            terminate: nothing_to_terminate,
            drop_body: nothing_to_drop,
            describe: nothing_to_describe,
            lend: nothing_to_lend,
            system: |system| P::from_system(system).map(Parcel::new),
            call_timeout: None,
            capacity: 0,
            when_full: WhenFull::Reject,
            inline: false,
            plain: true,
            hooks: None,
            handlers: None,
            outline: None,
        }
    }
}

struct Plain<M>(PhantomData<M>);

impl<M: Send + 'static> Plain<M> {
    const TABLE: Table = Loop::<Event<M>, Process<M>>::table(ProcessKind::Worker, TypeId::of::<Event<M>>);
}

/// The table of a plain process that takes `M`s.
pub(crate) fn plain_table<M: Send + 'static>() -> &'static Table {
    const { &Plain::<M>::TABLE }
}

#[allow(unsafe_code)]
unsafe fn drop_message<P: Send + 'static>(message: *mut u8) {
    // SAFETY: the table that names this function is that of processes which take `P`s.
    unsafe { MessageType::of::<P>().drop_message(message) }
}

#[allow(unsafe_code)]
unsafe fn no_name(_: *const u8) -> &'static str {
    "message"
}

#[allow(unsafe_code)]
unsafe fn nothing_to_handle(_: *mut (), _: *mut u8) -> super::Step<'static> {
    None
}

#[allow(unsafe_code)]
unsafe fn nothing_to_terminate(_: *mut (), _: ExitReason) -> super::Step<'static> {
    None
}

#[allow(unsafe_code)]
unsafe fn nothing_to_drop(_: *mut ()) {}

#[allow(unsafe_code)]
unsafe fn nothing_to_describe(_: *mut (), _: &mut Status) {}

#[allow(unsafe_code)]
unsafe fn nothing_to_lend(_: *mut (), _: Look<'_>) {}

/// Starts a plain process (`spawn/1`).
///
/// It ends with `Normal` when its future is done, with the error if that returns one, with the panic if it panics.
///
/// # Panics
/// Outside a tokio runtime.
pub fn spawn<M, F, Fut>(life: F) -> Process<M>
where
    M: Send + 'static,
    F: FnOnce(Inbox<M>) -> Fut + Send + 'static,
    Fut: Future<Output: LifeOutcome> + Send + 'static,
{
    Process::new(Address::Process(spawn_as(false, None, life)))
}

/// Starts a plain process that is linked to this one from the beginning (`spawn_link/1`).
///
/// # Panics
/// Outside a process.
pub fn spawn_link<M, F, Fut>(life: F) -> Process<M>
where
    M: Send + 'static,
    F: FnOnce(Inbox<M>) -> Fut + Send + 'static,
    Fut: Future<Output: LifeOutcome> + Send + 'static,
{
    Process::new(Address::Process(spawn_as(true, None, life)))
}

/// Starts a plain process that this one watches from the beginning (`spawn_monitor/1`).
///
/// # Panics
/// Outside a process.
pub fn spawn_monitor<M, F, Fut>(life: F) -> (Process<M>, Monitor)
where
    M: Send + 'static,
    F: FnOnce(Inbox<M>) -> Fut + Send + 'static,
    Fut: Future<Output: LifeOutcome> + Send + 'static,
{
    let reference = MonitorRef(unique());
    let process = spawn_as(false, Some(reference), life);
    let monitor = Monitor::new(reference, process.pid());
    (Process::new(Address::Process(process)), monitor)
}

fn spawn_as<M, F, Fut>(link: bool, monitor: Option<MonitorRef>, life: F) -> Arc<ProcessCell>
where
    M: Send + 'static,
    F: FnOnce(Inbox<M>) -> Fut + Send + 'static,
    Fut: Future<Output: LifeOutcome> + Send + 'static,
{
    let make = move |process: &Arc<ProcessCell>| {
        let here = Arc::downgrade(process);
        let inbox = Inbox::new(Arc::clone(process));
        Made::Plain(Box::pin(async move {
            if let (Some(reason), Some(process)) = (life(inbox).await.into_reason(), here.upgrade()) {
                super::runner::crashed(&process, reason);
            }
        }))
    };
    start::launch_plain(plain_table::<M>(), link, monitor, Box::new(make))
}
