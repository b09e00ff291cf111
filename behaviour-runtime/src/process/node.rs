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
}

impl ReplyType {
    pub(crate) const fn of<T: Send + 'static>() -> &'static Self {
        const { &Self { layout: Layout::new::<T>(), drop: drop_as::<T>, id: TypeId::of::<T> } }
    }

    const fn fits(&self) -> bool {
        self.layout.size() <= WORDS * size_of::<u64>() && self.layout.align() <= align_of::<u64>()
    }

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

    /// Makes the node ready for another call.
    pub(crate) fn reuse(&mut self, kind: &'static ReplyType) {
        self.clear();
        self.free_room();
        self.kind.set(kind);
        self.make_room();
        self.state.with(|state| *state = State { phase: Phase::Waiting, waker: None });
    }

    fn make_room(&self) {
        let kind = self.kind.get();
        if !kind.fits() {
            // SAFETY: what does not fit is not empty.
            let memory = unsafe { alloc(kind.layout) };
            if memory.is_null() {
                handle_alloc_error(kind.layout);
            }
            // SAFETY: the buffer has room for a pointer, and the node is owned alone.
            unsafe { self.buffer.get().cast::<*mut u8>().write(memory) };
        }
    }

    fn free_room(&self) {
        let kind = self.kind.get();
        if !kind.fits() {
            // SAFETY: `make_room` allocated it with this layout.
            unsafe { dealloc(self.place(), kind.layout) };
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
        if self.kind.get().fits() {
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

    pub(crate) fn is_filled(&self) -> bool {
        self.filled.get()
    }

    /// The server hands the reply over.
    pub(crate) fn publish(&self) {
        // Once the phase is `Done` the reply is the caller's, who may be taking it already.
        let (abandoned, waker) = self.state.with(|state| {
            if matches!(state.phase, Phase::Waiting) {
                state.phase = Phase::Done;
                (false, state.waker.take())
            } else {
                (matches!(state.phase, Phase::Abandoned), None)
            }
        });
        if let Some(waker) = waker {
            waker.wake();
        } else if abandoned {
            self.clear();
        }
    }

    /// The server tells that there will be no reply.
    pub(crate) fn fail(&self, error: CallError) {
        let waker = self.state.with(|state| {
            if matches!(state.phase, Phase::Waiting) {
                state.phase = Phase::Failed(error);
                state.waker.take()
            } else {
                None
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
        let found = self.state.with(|state| match std::mem::replace(&mut state.phase, Phase::Abandoned) {
            Phase::Waiting => {
                state.phase = Phase::Waiting;
                if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    state.waker = Some(cx.waker().clone());
                }
                Poll::Pending
            }
            Phase::Done => Poll::Ready(Ok(())),
            Phase::Failed(error) => Poll::Ready(Err(error)),
            Phase::Abandoned => Poll::Ready(Err(CallError::NoReply)),
        });
        if matches!(found, Poll::Ready(Ok(()))) && self.filled.replace(false) {
            // SAFETY: the phase was `Done`, so the reply lies there and is the caller's; `place` has room.
            unsafe { self.kind.get().move_reply(self.place(), place) };
        }
        found
    }

    /// The caller gives up. A reply that is already there is dropped.
    pub(crate) fn abandon(&self) {
        let done = self.state.with(|state| {
            state.waker = None;
            matches!(std::mem::replace(&mut state.phase, Phase::Abandoned), Phase::Done)
        });
        if done {
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
