//! A lock for a handful of instructions.
//!
//! A mailbox is locked for the time it takes to copy one message, so the lock spins: one compare-exchange to take it,
//! one store to give it back. No user code ever runs under it. A holder that lost its processor is waited for by
//! yielding, not by burning.

use super::sync::{AtomicBool, Ordering, SPINS, UnsafeCell, spin_loop, yield_now};

/// A spin lock around a `T`.
#[derive(Debug)]
pub(crate) struct Lock<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through `with`, one thread at a time; it is sent to that thread, so `T: Send`.
#[allow(unsafe_code)]
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Runs `f` on the value, alone.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        if self.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
        let release = Release(&self.held);
        // SAFETY: `held` went from false to true by our hand, and nobody else touches the value until it is false
        // again, which `release` does after `f`.
        #[allow(unsafe_code)]
        let result = self.value.with_mut(|value| f(unsafe { &mut *value }));
        drop(release);
        result
    }

    /// The value of a lock that nobody else knows of.
    pub(crate) fn alone(&mut self) -> &mut T {
        // SAFETY: the exclusive borrow of the lock keeps everybody else out.
        #[allow(unsafe_code)]
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        let mut spins = 0;
        while self.held.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            if spins < SPINS {
                spins += 1;
                spin_loop();
            } else {
                yield_now();
            }
        }
    }
}

/// Opens the lock again, also when the closure panics.
struct Release<'a>(&'a AtomicBool);

impl Drop for Release<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
