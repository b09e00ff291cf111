//! One message outside a mailbox.
//!
//! A call that has not been sent yet, a timer that has not fired, a `continue` that waits: each holds a message whose
//! type the core does not know. Small messages lie in the parcel itself, large ones on the heap.

use std::alloc::{Layout, dealloc};
use std::mem::{ManuallyDrop, MaybeUninit};

use super::end::dropping;

/// Words that a parcel has room for.
const WORDS: usize = 6;

/// What the core knows of a message's type.
#[derive(Debug)]
pub(crate) struct MessageType {
    layout: Layout,
    drop: unsafe fn(*mut u8),
    /// Whether it lies in the parcel itself.
    fits: bool,
}

impl MessageType {
    pub(crate) const fn of<M: Send + 'static>() -> &'static Self {
        const { &Self { layout: Layout::new::<M>(), drop: drop_as::<M>, fits: fits::<M>() } }
    }

    /// Drops a message where it lies.
    ///
    /// # Safety
    /// `message` points to a message of this type, which is not used again.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn drop_message(&self, message: *mut u8) {
        // SAFETY: as promised by the caller.
        unsafe { (self.drop)(message) }
    }
}

const fn fits<M>() -> bool {
    size_of::<M>() <= WORDS * size_of::<u64>() && align_of::<M>() <= align_of::<u64>()
}

#[allow(unsafe_code)]
unsafe fn drop_as<M>(message: *mut u8) {
    // SAFETY: `MessageType::of::<M>` is the only one that names this function, so the message is an `M`.
    unsafe { message.cast::<M>().drop_in_place() }
}

/// A message as words. A union, for the compiler copies words that are made uninitialised and then written to.
union Content<M> {
    message: ManuallyDrop<M>,
    words: MaybeUninit<[u64; WORDS]>,
}

/// A message and its type.
#[derive(Debug)]
pub(crate) struct Parcel {
    kind: &'static MessageType,
    words: MaybeUninit<[u64; WORDS]>,
}

// SAFETY: what is in it is `Send`, which `new` asks for; nothing is reachable through a shared reference.
#[allow(unsafe_code)]
unsafe impl Send for Parcel {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Parcel {}

#[allow(unsafe_code)]
impl Parcel {
    /// Packs a message.
    #[inline]
    pub(crate) fn new<M: Send + 'static>(message: M) -> Self {
        let words = if const { fits::<M>() } {
            // SAFETY: words may hold anything.
            unsafe { Content { message: ManuallyDrop::new(message) }.words }
        } else {
            // SAFETY: as above.
            unsafe { Content { message: ManuallyDrop::new(Box::into_raw(Box::new(message))) }.words }
        };
        Self { kind: MessageType::of::<M>(), words }
    }

    /// Where the message lies.
    #[inline]
    pub(crate) fn message(&mut self) -> *mut u8 {
        if self.kind.fits {
            self.words.as_mut_ptr().cast()
        } else {
            // SAFETY: `new` wrote the pointer.
            unsafe { self.words.as_mut_ptr().cast::<*mut u8>().read() }
        }
    }

    /// Forgets the message, which somebody else has moved out.
    #[inline]
    pub(crate) fn forget(self) {
        // SAFETY: the parcel is not used again.
        unsafe { ManuallyDrop::new(self).moved() };
    }

    /// Frees what the message lay in, after somebody else has moved it out.
    ///
    /// # Safety
    /// The parcel is neither used nor dropped again.
    #[inline]
    pub(crate) unsafe fn moved(&mut self) {
        if !self.kind.fits {
            self.free_box();
        }
    }

    #[cold]
    fn free_box(&mut self) {
        // SAFETY: `new` boxed what does not fit; a box of nothing, which only a large alignment makes, is not allocated.
        unsafe {
            if self.kind.layout.size() != 0 {
                dealloc(self.message(), self.kind.layout);
            }
        }
    }
}

/// A message that nobody took: a panic of its destructor is logged, for other messages may be dropped at the same time.
#[allow(unsafe_code)]
impl Drop for Parcel {
    fn drop(&mut self) {
        // SAFETY: the message is there until `moved` or this, and the parcel is not used again.
        unsafe {
            dropping(|| self.kind.drop_message(self.message()));
            self.moved();
        }
    }
}
