//! What the lock-free part stands on, in one place.
//!
//! The lock, the turn and the mailbox take their atomics from here. The loom proof in `tests/loom.rs` compiles those
//! same files with a `sync` module of loom's types, so that what is proved is what runs.

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
pub(crate) use std::thread::yield_now;

/// How often a waiter looks at a lock before it yields its processor.
pub(crate) const SPINS: u32 = 64;

/// A cell that may be written through a shared reference, with loom's closure interface.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Lends the raw pointer; whoever writes through it must be alone.
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}
