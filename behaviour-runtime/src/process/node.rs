//! Where a waiting caller and its server meet.
//!
//! A call that cannot be answered on the spot shares one node with the server: the server writes the reply into it, in
//! place, and publishes it; the caller leaves its waker and takes the reply out. Whoever is late finds out: a reply to
//! a caller that gave up is dropped, a caller of a server that ended is told why. A node is not generic and is used
//! again for the next call, whatever it returns.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::any::TypeId;
use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::error::CallError;
use super::lock::Lock;

/// Words of a reply that lie in the node itself.
const WORDS: usize = 6;

/// What the core knows of a reply's type.
#[derive(Debug)]
pub(crate) struct ReplyType {
    layout: Layout,
    drop: unsafe fn(*mut u8),
    id: fn() -> TypeId,
    /// Whether it lies in the node itself.
    fits: bool,
}

impl ReplyType {
    pub(crate) const fn of<T: Send + 'static>() -> &'static Self {
        const { &Self::new(Layout::new::<T>(), drop_as::<T>, TypeId::of::<T>) }
    }

    const fn new(layout: Layout, drop: unsafe fn(*mut u8), id: fn() -> TypeId) -> Self {
        let fits = layout.size() <= WORDS * size_of::<u64>() && layout.align() <= align_of::<u64>();
        Self { layout, drop, id, fits }
    }

    /// What a reply that does not fit lies in: never of size 0, which a large alignment alone could make it.
    fn room(&self) -> Layout {
        Layout::from_size_align(self.layout.size().max(1), self.layout.align()).unwrap_or(self.layout)
    }

    #[inline]
    pub(crate) fn is(&self, other: &'static Self) -> bool {
        std::ptr::eq(self, other) || (self.id)() == (other.id)()
    }

    /// Drops a reply where it lies.
    ///
    /// # Safety
    /// `reply` points to a reply of this type, which is not used again.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn drop_reply(&self, reply: *mut u8) {
        // SAFETY: as promised by the caller.
        unsafe { (self.drop)(reply) }
    }

    /// Moves a reply.
    ///
    /// # Safety
    /// `from` points to a reply of this type, which is not used again; `to` has room for it.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn move_reply(&self, from: *const u8, to: *mut u8) {
        // SAFETY: as promised by the caller.
        unsafe { std::ptr::copy_nonoverlapping(from, to, self.layout.size()) }
    }
}

#[allow(unsafe_code)]
unsafe fn drop_as<T>(reply: *mut u8) {
    // SAFETY: `ReplyType::of::<T>` is the only one that names this function, so the reply is a `T`.
    unsafe { reply.cast::<T>().drop_in_place() }
}

#[derive(Debug)]
enum Phase {
    /// The caller waits.
    Waiting,
    /// The reply lies in the node.
    Done,
    /// There will be no reply.
    Failed(CallError),
    /// The caller gave up.
    Abandoned,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    waker: Option<Waker>,
}

/// One call under way.
pub(crate) struct Node {
    state: Lock<State>,
    kind: Cell<&'static ReplyType>,
    /// Whether a reply lies in the buffer.
    filled: Cell<bool>,
    buffer: UnsafeCell<[MaybeUninit<u64>; WORDS]>,
}

// SAFETY: `kind` changes only while the node is owned alone (`reuse` takes `&mut`). `filled` and the buffer belong to the
// server's side while the phase is `Waiting` or `Abandoned`, and to the caller's side once it is `Done`; the phase
// changes under the lock, which orders the two. The reply is `Send`.
#[allow(unsafe_code)]
unsafe impl Sync for Node {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Send for Node {}

#[allow(unsafe_code)]
impl Node {
    pub(crate) fn new(kind: &'static ReplyType) -> Self {
        let node = Self {
            state: Lock::new(State { phase: Phase::Waiting, waker: None }),
            kind: Cell::new(kind),
            filled: Cell::new(false),
            buffer: UnsafeCell::new([MaybeUninit::uninit(); WORDS]),
        };
        node.make_room();
        node
    }

    /// Makes the node ready for another call, whose caller has this waker.
    pub(crate) fn reuse(&mut self, kind: &'static ReplyType, waker: &Waker) {
        self.clear();
        self.free_room();
        self.kind.set(kind);
        self.make_room();
        *self.state.alone() = State { phase: Phase::Waiting, waker: Some(waker.clone()) };
    }

    fn make_room(&self) {
        let kind = self.kind.get();
        if !kind.fits {
            // SAFETY: the room is not empty.
            let memory = unsafe { alloc(kind.room()) };
            if memory.is_null() {
                handle_alloc_error(kind.room());
            }
            // SAFETY: the buffer has room for a pointer, and the node is owned alone.
            unsafe { self.buffer.get().cast::<*mut u8>().write(memory) };
        }
    }

    fn free_room(&self) {
        let kind = self.kind.get();
        if !kind.fits {
            // SAFETY: `make_room` allocated it with this layout.
            unsafe { dealloc(self.place(), kind.room()) };
        }
    }

    /// Drops a reply that nobody took. The caller of this owns the buffer.
    fn clear(&self) {
        if self.filled.replace(false) {
            // SAFETY: `filled` said that a reply lies there, and it is not looked at again.
            unsafe { self.kind.get().drop_reply(self.place()) };
        }
    }

    /// Where the server writes the reply.
    pub(crate) fn place(&self) -> *mut u8 {
        if self.kind.get().fits {
            self.buffer.get().cast()
        } else {
            // SAFETY: `make_room` wrote the pointer.
            unsafe { self.buffer.get().cast::<*mut u8>().read() }
        }
    }

    pub(crate) fn kind(&self) -> &'static ReplyType {
        self.kind.get()
    }

    /// The server has written the reply.
    pub(crate) fn fill(&self) {
        self.filled.set(true);
    }

    /// The server hands the reply over, and its share of the node back, so that a caller that wakes at once can use the
    /// node again.
    pub(crate) fn publish(self: Arc<Self>) {
        // Once the phase is `Done` the reply is the caller's, who may be taking it already.
        let (abandoned, waker) = self.state.with(|state| {
            if matches!(state.phase, Phase::Waiting) {
                state.phase = Phase::Done;
                (false, state.waker.take())
            } else {
                (matches!(state.phase, Phase::Abandoned), None)
            }
        });
        if abandoned {
            self.clear();
        }
        drop(self);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The server tells that there will be no reply.
    pub(crate) fn fail(&self, error: CallError) {
        // An error that nobody waits for is dropped when the lock is open again: it may be the user's own.
        let failed = Phase::Failed(error);
        let (waker, _unheard) = self.state.with(|state| {
            if matches!(state.phase, Phase::Waiting) {
                (state.waker.take(), std::mem::replace(&mut state.phase, failed))
            } else {
                (None, failed)
            }
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The caller looks for its reply and moves it to `place`.
    ///
    /// # Safety
    /// `place` has room for a reply of this node's type.
    pub(crate) unsafe fn poll(&self, cx: &Context<'_>, place: *mut u8) -> Poll<Result<(), CallError>> {
        let mut old = None;
        let found = self.state.with(|state| match state.phase {
            Phase::Waiting => {
                if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    old = state.waker.replace(cx.waker().clone());
                }
                Poll::Pending
            }
            Phase::Done => {
                state.phase = Phase::Abandoned;
                Poll::Ready(Ok(()))
            }
            Phase::Failed(_) | Phase::Abandoned => {
                Poll::Ready(match std::mem::replace(&mut state.phase, Phase::Abandoned) {
                    Phase::Failed(error) => Err(error),
                    _ => Err(CallError::NoReply),
                })
            }
        });
        drop(old);
        if matches!(found, Poll::Ready(Ok(()))) && self.filled.replace(false) {
            // SAFETY: the phase was `Done`, so the reply lies there and is the caller's; `place` has room.
            unsafe { self.kind.get().move_reply(self.place(), place) };
        }
        found
    }

    /// The caller gives up. A reply that is already there is dropped.
    pub(crate) fn abandon(&self) {
        let (waker, phase) =
            self.state.with(|state| (state.waker.take(), std::mem::replace(&mut state.phase, Phase::Abandoned)));
        drop(waker);
        if matches!(phase, Phase::Done) {
            self.clear();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.clear();
        self.free_room();
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").finish_non_exhaustive()
    }
}
