//! What every client can do, whatever its server.

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::ended::Ended;
use crate::process::{self, ExitReason, Monitor, Pid, cast_raw};

use super::behaviour::{Behaviour, Receives, identity};
use super::message::InfoFor;
use super::shown::short_name;
use super::stop::Stop;

/// A handle to a running `S`.
///
/// The typed client that the macro writes wraps this and gives it through `Deref`. It is cheap to clone and may be sent
/// and shared. A client of a child, whether it came from the supervisor, from [`find`](super::Behaviour::find) or from a
/// registry, names the child and follows it through its restarts; one from a registry's `at` names a key; any other names
/// a process. Clients are equal if they name the same.
///
/// # After a restart
///
/// A client that names a child, or a key, reaches the new incarnation. Of the old one nothing goes along:
///
/// - Calls that it had taken or that waited in its mailbox fail with [`Exited`](process::CallError::Exited) and are not
///   repeated, for they may have been carried out. Casts that waited are dropped, and counted in the report of its end.
/// - A call that finds the child restarting waits for it, within its own time; a cast is dropped. Where the child does not
///   come back, or nobody has the key, a call fails with [`NoProcess`](process::CallError::NoProcess) at once.
/// - A monitor tells of that incarnation's end, and links and timers end with it: who wants them again sets them again.
///   So [`ended`](Client::ended) is asked for before what brings the end about; after it, it may be the next one's.
/// - A name and keys that the child's description gives are the new one's. Keys that it had registered itself are gone.
pub struct Client<S> {
    address: Address,
    of: PhantomData<fn() -> S>,
}

impl<S> Client<S> {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, of: PhantomData }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// The process's pid. Of a child that is restarting, the pid of its last incarnation; of a key that nobody has, the
    /// pid of no process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.address.pid().unwrap_or(Pid::NOBODY)
    }

    /// The name it is registered under.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.address.with(|process| process.name()).flatten()
    }

    /// Whether it lives. False before anybody hears of its end.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.address.with(|process| process.is_alive()).unwrap_or(false)
    }

    /// How many messages wait for it, not counting those it has taken out to handle.
    #[must_use]
    pub fn mailbox_len(&self) -> usize {
        self.address.with(|process| process.mailbox.with(|mailbox| mailbox.queue.len() as usize)).unwrap_or(0)
    }

    /// Stops it in order and waits until it is gone (`gen_server:stop`).
    pub fn stop(&self) -> Stop {
        Stop::new(self.address.clone())
    }

    /// Sends it an exit signal (`exit/2`); see [`process::exit`].
    pub fn exit(&self, reason: ExitReason) {
        if let Some(process) = self.address.process() {
            process::exit(process.pid(), reason);
        }
    }

    /// Kills it: it ends at its next await, without `#[terminate]`.
    pub fn kill(&self) {
        if let Some(process) = self.address.process() {
            process::kill(process.pid());
        }
    }

    /// Watches it from the present process: its end arrives there as a [`Down`](process::Down).
    ///
    /// # Panics
    /// Outside a process; [`ended`](Client::ended) works anywhere.
    #[allow(clippy::must_use_candidate)]
    pub fn monitor(&self) -> Monitor {
        process::monitor(self.pid())
    }

    /// Links the present process to it.
    ///
    /// # Errors
    /// If it does not live and the present process does not trap exits.
    ///
    /// # Panics
    /// Outside a process.
    pub fn link(&self) -> Result<(), process::CallError> {
        process::link(self.pid())
    }

    /// Removes the link between the present process and it.
    ///
    /// # Panics
    /// Outside a process.
    pub fn unlink(&self) {
        process::unlink(self.pid());
    }

    /// Waits until it has ended, and tells why. A client of a child waits for the incarnation that there is when this is
    /// called: ask before what brings the end about, for the next one may be there a moment later.
    pub fn ended(&self) -> Ended {
        Ended::new(self.address.process())
    }
}

impl<S: Behaviour> Client<S> {
    /// A client of a process, if that is an `S`.
    pub(crate) fn of(process: &Arc<ProcessCell>) -> Option<Self> {
        let is_one = (process.table().identity)() == identity::<S>();
        is_one.then(|| Self::new(Address::of(process)))
    }
}

impl<S: Receives> Client<S> {
    /// Sends a message that no method stands for: any type that the server has an `#[info]` callback for
    /// (`Pid ! Message`). Never waits, never fails.
    pub fn send<M: InfoFor<S>>(&self, message: M) {
        self.cast(message.into_message());
    }

    /// Sends a message that nobody waits for.
    #[doc(hidden)]
    #[allow(unsafe_code)]
    #[inline]
    pub fn cast(&self, message: S::Message) {
        let message = ManuallyDrop::new(message);
        // SAFETY: a client only sends messages of its own server's type; this one is forgotten if it was moved.
        if !unsafe { cast_raw(&self.address, (&raw const *message).cast()) } {
            drop(ManuallyDrop::into_inner(message));
        }
    }
}

impl<S> Clone for Client<S> {
    fn clone(&self) -> Self {
        Self::new(self.address.clone())
    }
}

impl<S> PartialEq for Client<S> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<S> Eq for Client<S> {}

impl<S> Hash for Client<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

impl<S> std::fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = short_name(std::any::type_name::<S>());
        match &self.address {
            Address::Process(process) => write!(f, "{short}{}", process.pid()),
            Address::Seat(seat) => match seat.name() {
                Some(name) => write!(f, "{short}({name})"),
                None => write!(f, "{short}{}", self.pid()),
            },
            Address::Key(key) => write!(f, "{short}({:?})", key.0),
        }
    }
}
