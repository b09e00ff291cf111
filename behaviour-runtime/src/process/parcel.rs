//! One message outside a mailbox.
//!
//! A call that has not been sent yet, a timer that has not fired, a `continue` that waits: each holds a message whose
//! type the core does not know. Small messages lie in the parcel itself, large ones on the heap.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;

/// Words that a parcel has room for.
const WORDS: usize = 6;

/// What the core knows of a message's type.
#[derive(Debug)]
pub(crate) struct MessageType {
    layout: Layout,
    drop: unsafe fn(*mut u8),
}

impl MessageType {
    pub(crate) const fn of<M: Send + 'static>() -> &'static Self {
        const { &Self { layout: Layout::new::<M>(), drop: drop_as::<M> } }
    }

    const fn fits(&self) -> bool {
        self.layout.size() <= WORDS * size_of::<u64>() && self.layout.align() <= align_of::<u64>()
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

#[allow(unsafe_code)]
unsafe fn drop_as<M>(message: *mut u8) {
    // SAFETY: `MessageType::of::<M>` is the only one that names this function, so the message is an `M`.
    unsafe { message.cast::<M>().drop_in_place() }
}

/// A message and its type.
#[derive(Debug)]
pub(crate) struct Parcel {
    kind: &'static MessageType,
    words: [MaybeUninit<u64>; WORDS],
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
    pub(crate) fn new<M: Send + 'static>(message: M) -> Self {
        let mut parcel = Self::room(MessageType::of::<M>());
        // SAFETY: `room` made place for an `M`.
        unsafe { parcel.message().cast::<M>().write(message) };
        parcel
    }

    fn room(kind: &'static MessageType) -> Self {
        let mut parcel = Self { kind, words: [MaybeUninit::uninit(); WORDS] };
        if !kind.fits() {
            // SAFETY: what does not fit is not empty.
            let memory = unsafe { alloc(kind.layout) };
            if memory.is_null() {
                handle_alloc_error(kind.layout);
            }
            // SAFETY: the words have room for a pointer.
            unsafe { parcel.words.as_mut_ptr().cast::<*mut u8>().write(memory) };
        }
        parcel
    }

    /// Where the message lies.
    pub(crate) fn message(&mut self) -> *mut u8 {
        if self.kind.fits() {
            self.words.as_mut_ptr().cast()
        } else {
            // SAFETY: `room` wrote the pointer.
            unsafe { self.words.as_mut_ptr().cast::<*mut u8>().read() }
        }
    }

    /// Forgets the message, which somebody else has moved out.
    pub(crate) fn moved(mut self) {
        self.free();
        std::mem::forget(self);
    }

    fn free(&mut self) {
        if !self.kind.fits() {
            // SAFETY: `room` allocated it with this layout.
            unsafe { dealloc(self.message(), self.kind.layout) };
        }
    }
}

#[allow(unsafe_code)]
impl Drop for Parcel {
    fn drop(&mut self) {
        // SAFETY: the message is there until `moved` or this.
        unsafe { self.kind.drop_message(self.message()) };
        self.free();
    }
}
