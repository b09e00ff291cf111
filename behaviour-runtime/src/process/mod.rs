//! Processes: the first floor, on which everything else stands.
//!
//! A process has a pid, a mailbox, links, monitors, perhaps a name, and ends with a reason; `otp.md` 1 tells the rules.
//! It differs from Erlang's in one thing that shows: it is not interrupted. A kill and an exit that is not trapped act
//! at the next await, so a callback that never awaits cannot be ended from outside.
//!
//! ```text
//! pid, reason, signal, error        what processes are called, why they end, what they tell each other
//! turn, lock, queue, mailbox        who may run a process, and what waits for it
//! cell, relations, table, names     the process itself and where it is found
//! call, inline, node, waiter, ring  asking a server, in place or through the mailbox
//! start, runner, drain, end, timers  its task: how it begins, goes round and ends
//! bag                               many things under one key, as a value that readers can keep
//! handle, inbox, alias, entry       plain processes, `main` and tests
//! sys                               a look inside: what others ask of the process itself
//! promise                           the one value that a process is for
//! seat, address                     clients that follow a child through its restarts, or a key to whoever has it
//! ```

pub(crate) mod address;
mod alias;
pub(crate) mod bag;
mod bereaved;
pub(crate) mod call;
pub(crate) mod cell;
mod clock;
pub(crate) mod current;
mod drain;
mod end;
pub(crate) mod ended;
pub(crate) mod entry;
mod error;
pub(crate) mod functions;
mod handle;
pub(crate) mod held;
pub(crate) mod inbox;
mod inline;
pub(crate) mod inside;
mod links;
mod lock;
pub(crate) mod mailbox;
pub(crate) mod names;
pub(crate) mod node;
mod outcome;
pub(crate) mod parcel;
mod pid;
pub(crate) mod promise;
pub(crate) mod queue;
mod reason;
pub(crate) mod receive;
pub(crate) mod relations;
pub(crate) mod report;
pub(crate) mod ring;
pub(crate) mod runner;
pub(crate) mod seat;
pub(crate) mod shown;
pub(crate) mod signal;
pub(crate) mod start;
mod sync;
pub(crate) mod sys;
pub(crate) mod table;
pub(crate) mod timers;
mod turn;
pub(crate) mod waiter;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

pub use self::alias::Alias;
pub use self::ended::Ended;
pub use self::error::{CallError, StartError};
pub use self::functions::{BoxFuture, ProcessKind, Step, WhenFull};
pub use self::handle::{Process, spawn, spawn_link, spawn_monitor};
pub use self::inbox::{Event, Inbox};
pub use self::names::RegisterError;
pub use self::outcome::{IntoError, LifeOutcome, Outcome};
pub use self::pid::Pid;
pub use self::reason::{Cause, ExitReason, Panic};
pub use self::shown::Shown;
pub use self::signal::{Down, Exit, MonitorRef, Timeout};

pub(crate) use self::end::{discard, dropping};
pub(crate) use self::handle::Loop;
pub(crate) use self::runner::crashed;

use self::address::Address;
use self::cell::ProcessCell;
use self::mailbox::Refused;
use self::parcel::Parcel;
use self::signal::Signal;

/// How long a call waits for its answer if nobody says otherwise, as in OTP.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// What is said to who asks for something that only a process can do.
pub(crate) const NOT_A_PROCESS: &str =
    "this can only be done inside a process: in a callback, in `process::spawn`, or under `#[behaviour::main]`";

/// A monitor: while it lives, the end of a process arrives as a [`Down`] message.
///
/// Dropping it does not remove it; that is what `demonitor` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Monitor {
    reference: MonitorRef,
    pid: Option<Pid>,
}

impl Monitor {
    pub(crate) fn new(reference: MonitorRef, pid: impl Into<Option<Pid>>) -> Self {
        Self { reference, pid: pid.into() }
    }

    /// The reference that the [`Down`] will carry.
    #[must_use]
    pub fn reference(&self) -> MonitorRef {
        self.reference
    }

    /// The process that is watched; none if there was no such process.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.pid
    }
}

/// A timer that belongs to a process.
///
/// Dropping it lets it run; it dies with its process.
#[derive(Clone, Debug)]
pub struct Timer {
    process: Weak<ProcessCell>,
    id: u64,
}

impl Timer {
    pub(crate) fn new(process: &Arc<ProcessCell>, id: u64) -> Self {
        Self { process: Arc::downgrade(process), id }
    }

    /// Stops the timer and tells how much of its time was left (`cancel_timer`).
    ///
    /// Nothing is left of a timer that has fired: its message is in the mailbox, or was handled.
    #[allow(clippy::must_use_candidate)]
    pub fn cancel(&self) -> Option<Duration> {
        let process = self.process.upgrade()?;
        let mut relations = process.relations();
        let (left, message) = relations.tables.as_mut()?.timers.cancel(self.id, Instant::now())?;
        // The message may hold a `Reply` of this process, which looks at its relations as it is dropped.
        drop(relations);
        discard(message);
        Some(left)
    }
}

fn here() -> Arc<ProcessCell> {
    current::process().expect(NOT_A_PROCESS)
}

/// The process that runs here (`self/0`); none outside a process.
#[must_use]
pub fn current() -> Option<Pid> {
    current::look(|process| process.pid())
}

/// Whether a process lives (`is_process_alive/1`): false before anybody hears of its end.
#[must_use]
pub fn is_alive(pid: Pid) -> bool {
    table::find(pid).is_some_and(|process| process.is_alive())
}

/// How many processes live in this program.
#[must_use]
pub fn count() -> usize {
    table::count()
}

/// Links this process to another (`link/1`). Linking again, or to oneself, does nothing.
///
/// # Errors
/// [`CallError::NoProcess`] if the other does not live and this process does not trap exits. If it does, an [`Exit`]
/// with [`ExitReason::NoProcess`] arrives instead.
///
/// # Panics
/// Outside a process.
pub fn link(pid: Pid) -> Result<(), CallError> {
    let here = here();
    if !here.traps_exits() && !is_alive(pid) {
        return Err(CallError::NoProcess);
    }
    here.link(pid);
    Ok(())
}

/// Removes a link (`unlink/1`): it can have no further effect here. An [`Exit`] that has arrived stays.
///
/// # Panics
/// Outside a process.
pub fn unlink(pid: Pid) {
    here().unlink(pid);
}

/// The processes that this one is linked to.
///
/// # Panics
/// Outside a process.
#[must_use]
pub fn links() -> Vec<Pid> {
    here().links()
}

/// The processes that this one watches, and those that watch it.
///
/// # Panics
/// Outside a process.
#[must_use]
pub fn monitors() -> (Vec<Pid>, Vec<Pid>) {
    here().monitors()
}

/// Watches a process (`monitor/2`): its end arrives as a [`Down`] message, at once if it does not live.
///
/// In a server use [`Context::monitor`](crate::server::Context::monitor), which asks for the callback.
///
/// # Panics
/// Outside a process.
#[allow(clippy::must_use_candidate)]
pub fn monitor(pid: Pid) -> Monitor {
    Monitor::new(here().monitor(pid, None), pid)
}

/// Watches whoever has a name now; the [`Down`] carries the name.
///
/// # Panics
/// Outside a process.
#[allow(clippy::must_use_candidate)]
pub fn monitor_name(name: &str) -> Monitor {
    let here = here();
    let name: Arc<str> = name.into();
    if let Some(process) = names::find(&name) {
        let pid = process.pid();
        drop(process);
        return Monitor::new(here.monitor(pid, Some(name)), pid);
    }
    let nobody = Pid::NOBODY;
    Monitor::new(here.monitor(nobody, Some(name)), None)
}

/// Stops watching (`demonitor/1`). True if the monitor was still there: then no [`Down`] was or will be delivered.
///
/// # Panics
/// Outside a process.
#[allow(clippy::must_use_candidate)]
pub fn demonitor(monitor: &Monitor) -> bool {
    here().demonitor(monitor.reference)
}

/// Says whether exits of linked processes shall arrive as [`Exit`] messages instead of ending this process
/// (`process_flag(trap_exit, _)`). Returns what was so before.
///
/// # Panics
/// Outside a process.
#[allow(clippy::must_use_candidate)]
pub fn trap_exit(trap: bool) -> bool {
    here().set_traps_exits(trap)
}

/// Sends an exit signal (`exit/2`).
///
/// The receiver ends with the reason at its next await, or gets an [`Exit`] if it traps exits; `Normal` does nothing to
/// another process. To a process that does not live it does nothing.
pub fn exit(pid: Pid, reason: ExitReason) {
    let from = current().unwrap_or(pid);
    let itself = current() == Some(pid);
    let from = if itself {
        pid
    } else if from == pid {
        Pid::NOBODY
    } else {
        from
    };
    receive::send(pid, Signal::Exit { from, reason, link: None, kill: false });
}

/// Kills a process (`exit(Pid, kill)`): it cannot trap this. Others see the reason [`ExitReason::Killed`].
pub fn kill(pid: Pid) {
    let from = current().unwrap_or(pid);
    receive::send(pid, Signal::Exit { from, reason: ExitReason::Killed, link: None, kill: true });
}

/// Gives a process a name (`register/2`).
///
/// # Errors
/// If the name is taken, or the process has one already, or does not live.
pub fn register(name: &str, pid: Pid) -> Result<(), RegisterError> {
    let process = table::find(pid).ok_or(RegisterError::NoProcess)?;
    names::register(&process, name.into())
}

/// Takes a name away (`unregister/1`). False if nobody has it.
#[allow(clippy::must_use_candidate)]
pub fn unregister(name: &str) -> bool {
    names::unregister(name)
}

/// The process of a name (`whereis/1`).
#[must_use]
pub fn whereis(name: &str) -> Option<Pid> {
    names::find(name).map(|process| process.pid())
}

/// Sends a message that nobody waits for; what cannot be delivered is dropped and logged.
pub(crate) fn cast_parcel(address: &Address, mut parcel: Parcel) {
    // SAFETY: a client only sends messages of its own server's type.
    #[allow(unsafe_code)]
    if unsafe { cast_raw(address, parcel.message()) } {
        parcel.forget();
    }
}

/// Sends a message that nobody waits for. False if it could not be delivered, which is logged: it has not been moved.
///
/// # Safety
/// `message` points to a message of the type that this address takes, which is not used again if this returns true.
#[allow(unsafe_code)]
pub(crate) unsafe fn cast_raw(address: &Address, message: *const u8) -> bool {
    if let Address::Process(process) = address {
        // SAFETY: as promised by the caller.
        return unsafe { cast_to(process, message) };
    }
    // SAFETY: as promised by the caller.
    unsafe { cast_on_the_way(address, message) }
}

/// As `cast_raw`, to a process that has to be found first.
#[allow(unsafe_code)]
#[inline(never)]
unsafe fn cast_on_the_way(address: &Address, message: *const u8) -> bool {
    if let Some(process) = address.process() {
        // SAFETY: as promised by the caller.
        return unsafe { cast_to(&process, message) };
    }
    report::nobody(address);
    false
}

/// As `cast_raw`, to this process.
#[allow(unsafe_code)]
#[inline]
unsafe fn cast_to(process: &ProcessCell, message: *const u8) -> bool {
    // SAFETY: as promised by the caller.
    match unsafe { process.post_message(message) } {
        Ok(()) => true,
        Err(refused) => {
            // SAFETY: as promised by the caller; the message was refused.
            unsafe { undelivered(process, refused, message) };
            false
        }
    }
}

/// Logs a message that was refused.
///
/// # Safety
/// `message` points to a message of the type that the process takes.
#[allow(unsafe_code)]
#[cold]
unsafe fn undelivered(process: &ProcessCell, refused: Refused, message: *const u8) {
    // SAFETY: as promised by the caller.
    let name = unsafe { (process.table().message_name)(message) };
    match (refused, process.table().when_full) {
        (Refused::Ended, _) => report::undelivered(process, name),
        (Refused::Full, WhenFull::Reject) => report::rejected(process, name),
        (Refused::Full, _) => report::dropped(process, name, "the mailbox is full"),
    }
}
