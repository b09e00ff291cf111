//! The process: one shared cell.
//!
//! A cell holds what a process is: its pid, its mailbox, its [turn](super::turn), the server's state behind a pointer
//! that only the holder of the turn may use, and its relations to other processes. It is not generic: it reaches the
//! server through a [table](Table) of functions, so all of this is compiled once. Its tokio task is one runner of it; a
//! caller that finds it idle is another.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::runtime;

use super::functions::{BoxFuture, Table};
use super::inside::{Inside, Register, Stage};
use super::lock::Lock;
use super::mailbox::Mailbox;
use super::names::RegisterError;
use super::node::Node;
use super::pid::{LocalPid, Pid};
use super::queue::Queue;
use super::reason::ExitReason;
use super::relations::Relations;
use super::turn::Turn;

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
    /// A `&'static Table`. Only new code puts another in its place, which takes the same messages.
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
        // SAFETY: only references to statics are stored, so whichever is read stays good. Every table that is put here
        // takes the same messages, so whoever posts, names or drops a message by an old one does what the new one would.
        // Whoever reaches the body by it holds the turn, as does who puts another there, so table and body fit.
        unsafe { &*self.table.load(Ordering::Relaxed) }
    }

    /// Another version of the server runs from now on, with this body. What is to be dropped, by the old table.
    ///
    /// What it says of its mailbox holds from now on, too. What waits there stays, however much it is.
    ///
    /// # Safety
    /// The caller holds the turn, and no callback is under way; the body was made for the table, which takes the same
    /// messages as the old one.
    #[allow(unsafe_code)]
    pub(super) unsafe fn replace(&self, table: &'static Table, body: *mut ()) -> *mut () {
        // SAFETY: as promised by the caller, the batch is ours.
        let batch = unsafe { &mut (*self.inside()).batch };
        self.mailbox.with(|mailbox| {
            self.table.store(std::ptr::from_ref(table).cast_mut(), Ordering::Relaxed);
            mailbox.set_capacity(table.capacity);
            // What an unbounded mailbox has handed out counts again in a bounded one, which hands out one at a time.
            if table.capacity != 0 && !batch.is_empty() {
                mailbox.queue.put_before(table.shape, batch);
                // The task itself is at work, so it needs no waking.
                self.turn.want();
            }
        });
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
