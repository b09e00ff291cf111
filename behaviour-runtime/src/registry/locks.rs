//! Mutual exclusion by key.
//!
//! A lock is in the table while somebody has it or waits for it, with their number beside it: who comes first puts it
//! there, who leaves last takes it away.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use papaya::{HashMap, Operation};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::edge::Key;

/// The locks of a registry.
pub(super) struct Locks<K> {
    /// Made when the first lock is taken.
    all: OnceLock<Arc<All<K>>>,
}

type All<K> = HashMap<K, Lock>;

/// A lock, and how many have it or wait for it.
#[derive(Clone)]
struct Lock {
    mutex: Arc<Mutex<()>>,
    users: usize,
}

/// The lock of a key ([`Registry::lock`](super::Registry::lock)). Dropping it lets the next one in.
#[must_use = "a lock is given back when it is dropped"]
pub struct KeyLock {
    // The mutex first: who waits goes on, and then the place is given up.
    _held: OwnedMutexGuard<()>,
    _place: Box<dyn Send + Sync>,
}

impl std::fmt::Debug for KeyLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyLock").finish_non_exhaustive()
    }
}

impl<K> Locks<K> {
    pub(super) fn new() -> Self {
        Self { all: OnceLock::new() }
    }
}

impl<K: Key> Locks<K> {
    /// Waits for the lock of a key. One that is given up has no place in the queue any more.
    pub(super) fn lock(&self, key: K) -> impl Future<Output = KeyLock> + Send + use<K> {
        let all = Arc::clone(self.all.get_or_init(Arc::default));
        async move {
            let (place, mutex) = Place::take(all, key);
            let held = mutex.lock_owned().await;
            KeyLock { _held: held, _place: Box::new(place) }
        }
    }

    /// How many locks are taken or waited for.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.all.get().map_or(0, |all| all.len())
    }
}

/// A place at a lock: having it, or waiting for it.
struct Place<K: Key> {
    all: Arc<All<K>>,
    key: K,
}

impl<K: Key> Place<K> {
    fn take(all: Arc<All<K>>, key: K) -> (Self, Arc<Mutex<()>>) {
        let one_more = |lock: &Lock| Lock { users: lock.users + 1, ..lock.clone() };
        let first = || Lock { mutex: Arc::default(), users: 1 };
        let mutex = Arc::clone(&all.pin().update_or_insert_with(key.clone(), one_more, first).mutex);
        (Self { all, key }, mutex)
    }
}

impl<K: Key> Drop for Place<K> {
    fn drop(&mut self) {
        self.all.pin().compute(self.key.clone(), |lock| match lock {
            Some((_, lock)) if lock.users > 1 => Operation::Insert(Lock { users: lock.users - 1, ..lock.clone() }),
            Some(_) => Operation::Remove,
            None => Operation::Abort(()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Locks;

    #[test]
    fn a_lock_that_nobody_wants_any_more_is_forgotten() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("tokio starts");
        runtime.block_on(async {
            let locks = Locks::new();
            let first = locks.lock("key").await;
            let other = locks.lock("other").await;
            let mut second = Box::pin(locks.lock("key"));
            assert!(futures_poll(&mut second).await.is_none());
            assert_eq!(locks.count(), 2);
            drop(first);
            let second = second.await;
            assert_eq!(locks.count(), 2);
            drop((second, other));
            assert_eq!(locks.count(), 0);
            let first = locks.lock("key").await;
            let mut given_up = Box::pin(locks.lock("key"));
            assert!(futures_poll(&mut given_up).await.is_none());
            drop(given_up);
            drop(first);
            assert_eq!(locks.count(), 0);
        });
    }

    /// Polls once.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
