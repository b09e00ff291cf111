//! The table of a registry with unique keys.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use papaya::HashMap;

use crate::edge::{Behaviour, Client, Key};
use crate::process::address::Address;
use crate::process::cell::ProcessCell;

use super::entry::{self, Table};
use super::error::AlreadyRegistered;
use super::listeners::Listeners;
use super::locks::Locks;

/// What a process and a registry with unique keys both know. The value stands in the table, where it can be replaced.
pub(super) type Entry<K, S, V> = entry::Entry<K, S, (), Unique<K, S, V>>;

/// What the handles of a registry share.
pub(super) struct Unique<K: Key, S: Behaviour, V: Send + Sync + 'static> {
    pub(super) slots: HashMap<K, Slot<K, S, V>>,
    pub(super) listeners: Listeners<K, S, V>,
    pub(super) locks: Locks<K>,
}

/// What stands beside a key: all that a look-up needs, so that it looks at nothing else.
pub(super) struct Slot<K: Key, S: Behaviour, V: Send + Sync + 'static> {
    pub(super) process: Arc<ProcessCell>,
    address: Address,
    pub(super) value: V,
    /// Whether the process knows of the entry. What is taken out is hidden by being taken out.
    shown: AtomicBool,
    entry: Arc<Entry<K, S, V>>,
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Unique<K, S, V> {
    /// Registers a process, if the key is free.
    pub(super) fn enter(
        self: &Arc<Self>,
        key: K,
        process: &Arc<ProcessCell>,
        value: V,
    ) -> Result<(), AlreadyRegistered<S>> {
        let entry = Entry::<K, S, V>::new(key, (), process, self);
        let slots = self.slots.pin();
        let mut slot = Slot::new(&entry, value);
        let slot = loop {
            match slots.try_insert(entry.key().clone(), slot) {
                Ok(slot) => break slot,
                Err(taken) if taken.current.entry.blocks() => {
                    return Err(AlreadyRegistered::new(taken.current.client()));
                }
                Err(taken) => {
                    // Whoever closed it is about to take it out: this is not waited for.
                    self.take_out(&taken.current.entry);
                    slot = taken.not_inserted;
                }
            }
        };
        if Arc::clone(&entry).settle() {
            slot.shown.store(true, Ordering::Release);
            self.listeners.tell(entry.key(), &entry.client(), Some(&slot.value));
        }
        Ok(())
    }

    /// Takes an entry out, if it is as wanted. False if there is none.
    pub(super) fn withdraw<Q>(&self, key: &Q, wanted: impl FnOnce(&Slot<K, S, V>) -> bool) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.find(key, |slot| wanted(slot).then(|| Arc::clone(&slot.entry)));
        let Some(entry) = found.flatten() else { return false };
        let withdrawn = entry.withdraw();
        if withdrawn {
            self.listeners.tell(entry.key(), &entry.client(), None);
        }
        withdrawn
    }

    /// Looks at what stands beside a key.
    pub(super) fn find<Q, R>(&self, key: &Q, look: impl FnOnce(&Slot<K, S, V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slots = self.slots.pin();
        slots.get(key).filter(|slot| slot.is_shown()).map(look)
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Slot<K, S, V> {
    fn new(entry: &Arc<Entry<K, S, V>>, value: V) -> Self {
        let process = Arc::clone(entry.process());
        Self {
            process,
            address: entry.address().clone(),
            value,
            shown: AtomicBool::new(false),
            entry: Arc::clone(entry),
        }
    }

    /// The same, with another value.
    pub(super) fn with(&self, value: V) -> Self {
        let slot = Self::new(&self.entry, value);
        slot.shown.store(true, Ordering::Relaxed);
        slot
    }

    pub(super) fn is_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire)
    }

    pub(super) fn client(&self) -> S::Client {
        Client::new(self.address.clone()).into()
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Table<K, S, ()> for Unique<K, S, V> {
    fn take_out(&self, entry: &Entry<K, S, V>) {
        let same = |_: &K, slot: &Slot<K, S, V>| std::ptr::eq(Arc::as_ptr(&slot.entry), entry);
        let _ = self.slots.pin().remove_if(entry.key(), same);
    }
}

impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Default for Unique<K, S, V> {
    fn default() -> Self {
        Self { slots: HashMap::new(), listeners: Listeners::new(), locks: Locks::new() }
    }
}

/// The processes know of their entries, and shall not keep those of a registry that is gone.
impl<K: Key, S: Behaviour, V: Send + Sync + 'static> Drop for Unique<K, S, V> {
    fn drop(&mut self) {
        self.slots.pin().values().for_each(|slot| slot.entry.abandon());
    }
}
