//! The process: one shared cell.
//!
//! A cell holds what a process is: its pid, its mailbox, its [turn](super::turn), the server's state behind a pointer
//! that only the holder of the turn may use, and its relations to other processes. It is not generic: it reaches the
//! server through a [`Table`] of functions, so all of this is compiled once. Its tokio task is one runner of it; a
//! caller that finds it idle is another.

use std::any::{Any, TypeId};
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::runtime;
use tokio::time::{Instant, Sleep};

use super::lock::Lock;
use super::mailbox::Mailbox;
use super::names::RegisterError;
use super::node::{Node, ReplyType};
use super::parcel::Parcel;
use super::pid::{LocalPid, Pid};
use super::queue::{Queue, Shape};
use super::reason::ExitReason;
use super::relations::Relations;
use super::signal::System;
use super::sys::{Debug, HandlerStatus, Look, MachineStatus, Status};
use super::timers::later;
use super::turn::Turn;

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a callback leaves behind: nothing if it is done, a future if it has to wait.
pub type Step<'a> = Option<BoxFuture<'a, ()>>;

/// What happens to a message that meets a full mailbox.
///
/// A call that is not let in fails with [`CallError::Full`](super::CallError::Full) under every policy; what differs
/// is which message is lost. Exit signals, `stop` and the system's own messages are always let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenFull {
    /// The newcomer is refused, and each refused cast is logged as a warning.
    #[default]
    Reject,
    /// The newcomer is dropped quietly: casts are counted and logged at debug level.
    DropNewest,
    /// The oldest waiting message makes room; if it is a call, its caller is told `Full`.
    DropOldest,
}

/// What a process is to a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessKind {
    /// A server, or a plain process.
    Worker,
    /// A supervisor.
    Supervisor,
}

/// How the core reaches a server: the functions and figures of one behaviour.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) type_id: fn() -> TypeId,
    pub(crate) kind: ProcessKind,
    /// Drops a message where it lies.
    pub(crate) drop_message: unsafe fn(*mut u8),
    /// The callback that takes a message.
    pub(crate) message_name: unsafe fn(*const u8) -> &'static str,
    /// Handles a message, which is moved out.
    pub(crate) handle: unsafe fn(*mut (), *mut u8) -> Step<'static>,
    /// Runs the terminate callback.
    pub(crate) terminate: unsafe fn(*mut (), ExitReason) -> Step<'static>,
    /// Drops and frees the server.
    pub(crate) drop_body: unsafe fn(*mut ()),
    /// Adds the server's state to what is shown of the process, and has it changed as `#[format_status]` wants it.
    pub(crate) describe: unsafe fn(*mut (), &mut Status),
    /// Lends the state; does nothing if there is none.
    pub(crate) lend: unsafe fn(*mut (), Look<'_>),
    /// Makes a system message a message of the server, if it takes such.
    pub(crate) system: fn(System) -> Result<Parcel, System>,
    pub(crate) call_timeout: Option<Duration>,
    /// 0 is unbounded.
    pub(crate) capacity: u32,
    pub(crate) when_full: WhenFull,
    pub(crate) inline: bool,
    /// Whether the process takes its messages by itself (a plain process).
    pub(crate) plain: bool,
    /// What else decides what the process does next, beside its mailbox.
    pub(crate) hooks: Option<&'static Hooks>,
    /// What is to be seen of the handlers in it, if it is an event manager; of its state, as it is lent.
    pub(crate) handlers: Option<fn(&mut dyn Any) -> Vec<HandlerStatus>>,
    /// The state that it keeps in its life, as text, if its loop does errands.
    pub(crate) outline: Option<fn(&dyn Any) -> Option<String>>,
}

/// How a state machine takes part in its process's round. Each function gets the body, from the holder of the turn.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// A callback is done, and its reply is out: goes on with what it left, and says what is next.
    pub(crate) proceed: unsafe fn(*mut ()) -> Proceed,
    /// An async callback was done at its first poll, in place: goes on with what it left.
    pub(crate) settle: unsafe fn(*mut ()) -> Step<'static>,
    /// When it wants to be woken.
    pub(crate) first: unsafe fn(*mut ()) -> Option<Instant>,
    /// Time has passed, and this many events wait. True if something is next beside them.
    pub(crate) expire: unsafe fn(*mut (), waiting: u64) -> bool,
    /// Nothing waits. True if something is next all the same.
    pub(crate) rest: unsafe fn(*mut ()) -> bool,
    /// What it shows beside its state, to who looks inside.
    pub(crate) status: unsafe fn(*mut ()) -> MachineStatus,
    /// The process ends: gives away the events that were not handled.
    pub(crate) abandon: unsafe fn(*mut ()) -> Vec<Pending>,
}

/// An event that a process keeps outside its mailbox.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Where its sender waits.
    pub(crate) node: Option<Arc<Node>>,
    pub(crate) message: Parcel,
}

/// What a state machine does next.
pub(crate) enum Proceed {
    /// It looks at its mailbox.
    Nothing,
    /// It waits in a callback.
    Wait(BoxFuture<'static, ()>),
    /// It handles this event.
    Event(Pending),
}

/// Where the reply of the present call goes.
pub(crate) struct Register {
    pub(crate) place: *mut u8,
    pub(crate) kind: Option<&'static ReplyType>,
    pub(crate) node: Option<Arc<Node>>,
}

impl Register {
    pub(crate) const fn none() -> Self {
        Self { place: std::ptr::null_mut(), kind: None, node: None }
    }
}

/// Where a process is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `init` runs.
    Starting,
    /// It takes messages.
    Running,
    /// `terminate` runs.
    Ending,
}

/// What belongs to whoever holds the turn.
pub(crate) struct Inside {
    /// The server; null before it is made and after it is dropped.
    pub(crate) body: *mut (),
    /// A callback that waits.
    pub(crate) parked: Step<'static>,
    /// Messages taken out of the mailbox together.
    pub(crate) batch: Queue,
    pub(crate) register: Register,
    /// Whether a reply lies in the register's place.
    pub(crate) filled: bool,
    pub(crate) stage: Stage,
    /// Whether `extra` asks for something after the present callback.
    pub(crate) asked: bool,
    pub(crate) last: Option<&'static str>,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What few processes need, or only for a moment.
#[derive(Default)]
pub(crate) struct Extra {
    /// The process shall end with this reason.
    pub(crate) stop: Option<ExitReason>,
    /// The reason it ends with, while `terminate` runs.
    pub(crate) ending: Option<ExitReason>,
    /// Messages to handle before any other.
    pub(crate) continues: VecDeque<Parcel>,
    pub(crate) idle: Option<Idle>,
    /// What watches the process.
    pub(crate) debug: Option<Box<Debug>>,
    /// When memory that a burst took shall be given back.
    pub(crate) trim: Option<Instant>,
    /// What wakes the task for timers, the idle timeout and the trim.
    pub(crate) sleep: Option<Pin<Box<Sleep>>>,
    /// For when it is sure to do so.
    pub(crate) armed: Option<Instant>,
    /// How `init` ended.
    pub(crate) init: Option<super::start::InitOutcome>,
    pub(crate) ack: Option<super::start::Ack>,
}

/// The idle timeout.
pub(crate) struct Idle {
    pub(crate) at: Instant,
    /// How long after the callback that is.
    pub(crate) after: Duration,
    /// The message of an event timeout; none for the plain one.
    pub(crate) message: Option<Parcel>,
}

impl Inside {
    /// A call is answered at this place. Between two callbacks no node is in the register.
    #[inline]
    pub(crate) fn open(&mut self, place: *mut u8, kind: &'static ReplyType) {
        self.register.place = place;
        self.register.kind = Some(kind);
        self.filled = false;
    }

    /// A call is answered at its node.
    #[inline]
    pub(crate) fn open_at(&mut self, node: Arc<Node>) {
        self.open(node.place(), node.kind());
        self.register.node = Some(node);
    }

    /// Where a reply of this type is to be written, at once; nowhere if nobody waits for one.
    #[inline]
    pub(crate) fn fill(&mut self, kind: &'static ReplyType) -> Option<*mut u8> {
        let expected = self.register.kind?;
        assert!(expected.is(kind) && !self.filled, "a call is answered once, with its own type");
        if self.register.place.is_null() {
            return None;
        }
        self.filled = true;
        if let Some(node) = &self.register.node {
            node.fill();
        }
        Some(self.register.place)
    }

    /// Whether the next message ends an idle timeout, or somebody watches.
    #[inline]
    pub(crate) fn heeds_messages(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.idle.is_some() || extra.debug.is_some())
    }

    /// Tells whoever watches the process. The task looks here again after the callback.
    pub(crate) fn tell_watchers(&mut self, tell: impl FnOnce(&mut Debug)) {
        let Some(mut debug) = self.extra.as_mut().and_then(|extra| extra.debug.take()) else { return };
        tell(&mut debug);
        self.asked = true;
        self.extra().debug = Some(debug);
    }

    /// A system message begins the plain idle timeout anew; an event timeout goes on.
    pub(crate) fn renew_idle(&mut self) {
        let idle = self.extra.as_mut().and_then(|extra| extra.idle.as_mut());
        if let Some(idle) = idle.filter(|idle| idle.message.is_none()) {
            idle.at = later(idle.after);
        }
    }

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }
}

/// A process.
pub(crate) struct ProcessCell {
    pub(super) turn: Turn,
    pub(super) traps: AtomicBool,
    pub(super) timed: AtomicBool,
    /// Whether who started it waits to hear that it runs.
    pub(super) starting: AtomicBool,
    /// Whether the waker is there.
    wakes: AtomicBool,
    pid: LocalPid,
    /// A `&'static Table`. Only new code puts another in its place, which reaches the same messages.
    table: AtomicPtr<Table>,
    pub(crate) mailbox: Lock<Mailbox>,
    inside: UnsafeCell<Inside>,
    /// The task's waker, which a task never changes: set at its first poll. By hand, for a `OnceLock`, which lets any
    /// number try, takes a futex for that and eight bytes more.
    waker: UnsafeCell<MaybeUninit<Waker>>,
    relations: Mutex<Relations>,
    runtime: runtime::Id,
}

// SAFETY: everything is `Sync` by itself but two. `inside` is only touched by whoever holds the turn; the turn passes it
// on with release and acquire. What is inside is `Send`: servers and futures by their traits, messages by theirs.
// `waker` is written once, by the task, before `wakes` says that it is there, and only read from then on.
#[allow(unsafe_code)]
unsafe impl Sync for ProcessCell {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Send for ProcessCell {}

impl ProcessCell {
    /// Makes a process, whose turn is held by whoever makes it.
    pub(crate) fn make(pid: Pid, table: &'static Table, runtime: runtime::Id) -> Arc<Self> {
        Self::make_with(pid, table, runtime, |_| {})
    }

    /// Makes a process whole before anybody knows it: it is for one value, which is waited for at this node, it is linked
    /// to its parent if it has one, and its task has only to come.
    pub(crate) fn make_for(
        node: Arc<Node>,
        life: BoxFuture<'static, ()>,
        link: Option<(Pid, u64)>,
        (pid, table, runtime): (Pid, &'static Table, runtime::Id),
    ) -> Arc<Self> {
        Self::make_with(pid, table, runtime, |process| {
            let inside = process.inside.get_mut();
            inside.stage = Stage::Running;
            inside.parked = Some(life);
            inside.open_at(node);
            if let Some((parent, link)) = link {
                process.relations().begin_linked(parent, link);
            }
            process.turn = Turn::parked();
        })
    }

    /// Makes a process where it will lie: it is too large to be moved there for nothing.
    #[inline]
    fn make_with(pid: Pid, table: &'static Table, runtime: runtime::Id, prepare: impl FnOnce(&mut Self)) -> Arc<Self> {
        let mut process = Arc::new_uninit();
        let place = Arc::get_mut(&mut process).expect("nobody else has it yet");
        prepare(place.write(Self::new(pid, table, runtime)));
        // SAFETY: it was written just now.
        #[allow(unsafe_code)]
        unsafe {
            process.assume_init()
        }
    }

    #[inline]
    fn new(pid: Pid, table: &'static Table, runtime: runtime::Id) -> Self {
        Self {
            turn: Turn::held(),
            traps: AtomicBool::new(false),
            timed: AtomicBool::new(false),
            starting: AtomicBool::new(false),
            wakes: AtomicBool::new(false),
            pid: pid.to_local(),
            table: AtomicPtr::new(std::ptr::from_ref(table).cast_mut()),
            mailbox: Lock::new(Mailbox::new(table.capacity)),
            inside: UnsafeCell::new(Inside {
                body: std::ptr::null_mut(),
                parked: None,
                batch: Queue::new(),
                register: Register::none(),
                filled: false,
                stage: Stage::Starting,
                asked: false,
                last: None,
                extra: None,
            }),
            waker: UnsafeCell::new(MaybeUninit::uninit()),
            relations: Mutex::new(Relations::default()),
            runtime,
        }
    }

    #[inline]
    pub(crate) fn pid(&self) -> Pid {
        self.pid.to_pid()
    }

    #[inline]
    #[allow(unsafe_code)]
    pub(crate) fn table(&self) -> &'static Table {
        // SAFETY: only references to statics are stored. Whoever reaches the body by it holds the turn, as does who puts
        // another table there, so these two fit; all others ask for what every version of a server has in common.
        unsafe { &*self.table.load(Ordering::Relaxed) }
    }

    /// Another version of the server runs from now on, with this body. What is to be dropped, by the old table.
    ///
    /// # Safety
    /// The caller holds the turn, and no callback is under way; the body was made for the table, which takes the same
    /// messages as the old one.
    #[allow(unsafe_code)]
    pub(super) unsafe fn replace(&self, table: &'static Table, body: *mut ()) -> *mut () {
        self.table.store(std::ptr::from_ref(table).cast_mut(), Ordering::Relaxed);
        // SAFETY: as promised by the caller.
        unsafe { std::mem::replace(&mut (*self.inside()).body, body) }
    }

    #[inline]
    pub(crate) fn runtime(&self) -> runtime::Id {
        self.runtime
    }

    /// The inside. To look at it, one must hold the turn; no reference into it may be kept while user code runs.
    #[inline]
    pub(crate) fn inside(&self) -> *mut Inside {
        self.inside.get()
    }

    pub(crate) fn relations(&self) -> MutexGuard<'_, Relations> {
        self.relations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn traps_exits(&self) -> bool {
        self.traps.load(Ordering::Acquire)
    }

    pub(crate) fn set_traps_exits(&self, traps: bool) -> bool {
        self.traps.swap(traps, Ordering::AcqRel)
    }

    /// Whether the process lives: false before anybody hears of its end.
    pub(crate) fn is_alive(&self) -> bool {
        self.relations().ended.is_none()
    }

    /// Why it ended; `Normal` if it did not.
    pub(crate) fn end_reason(&self) -> ExitReason {
        self.relations().ended.clone().unwrap_or_default()
    }

    /// Whether it is about to end: it has an exit signal that it has not seen.
    pub(crate) fn is_ending(&self) -> bool {
        self.turn.is_signalled() && self.relations().tables.as_ref().is_some_and(|tables| tables.exit.is_some())
    }

    /// The task's waker; none before the task was polled.
    #[inline]
    pub(super) fn waker(&self) -> Option<&Waker> {
        // SAFETY: once `wakes` is set, the waker was written and is not written again.
        #[allow(unsafe_code)]
        self.wakes.load(Ordering::Acquire).then(|| unsafe { (*self.waker.get()).assume_init_ref() })
    }

    /// Keeps the task's waker.
    ///
    /// # Safety
    /// Only the process's task calls this, which is polled by one thread at a time.
    #[allow(unsafe_code)]
    #[inline]
    pub(super) unsafe fn keep_waker(&self, waker: &Waker) {
        if !self.wakes.load(Ordering::Relaxed) {
            // SAFETY: it is not set, so nobody reads it, and nobody else sets it, as the caller promised.
            unsafe { (*self.waker.get()).write(waker.clone()) };
            self.wakes.store(true, Ordering::Release);
        }
    }

    pub(crate) fn wake(&self) {
        if let Some(waker) = self.waker() {
            waker.wake_by_ref();
        }
    }

    pub(super) fn take_name(&self, name: &Arc<str>) -> Result<(), RegisterError> {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            return Err(RegisterError::NoProcess);
        }
        let tables = relations.tables();
        if let Some(old) = &tables.name {
            return Err(RegisterError::Named(Arc::clone(old)));
        }
        tables.name = Some(Arc::clone(name));
        Ok(())
    }

    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.relations().tables.as_ref()?.name.clone()
    }
}

impl std::fmt::Debug for ProcessCell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", (self.table().type_name)(), self.pid())
    }
}

impl Drop for ProcessCell {
    fn drop(&mut self) {
        if *self.wakes.get_mut() {
            // SAFETY: the waker is there.
            #[allow(unsafe_code)]
            unsafe {
                self.waker.get_mut().assume_init_drop();
            }
        }
        // A process ends before its last handle goes, so this only frees what an end leaves: memory of queues.
        let shape = self.table().shape;
        self.inside.get_mut().batch.release(shape);
        self.mailbox.alone().queue.release(shape);
    }
}
