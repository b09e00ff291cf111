//! One entry: what a registry and a process both know.

use std::hash::Hash;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::edge::{Behaviour, Client};
use crate::process::Pid;
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::relations::Held;

use super::key::Keyed;

/// It is in the table, and its process does not know of it yet.
const PENDING: u8 = 0;
/// It is seen.
const THERE: u8 = 1;
/// It is out of the table, or whoever closed it takes it out now.
const GONE: u8 = 2;

/// An entry in a table `T`, with an `X` beside its key.
pub(super) struct Entry<K, S, X, T> {
    key: K,
    extra: X,
    process: Arc<ProcessCell>,
    phase: AtomicU8,
    place: AtomicUsize,
    table: Weak<T>,
    of: std::marker::PhantomData<fn() -> S>,
}

/// Where entries are found.
pub(super) trait Table<K, S, X>: Send + Sync + Sized + 'static {
    /// Takes out an entry that has been closed. This is done once for each entry.
    fn take_out(&self, entry: &Entry<K, S, X, Self>);
}

impl<K, S, X, T> Entry<K, S, X, T> {
    pub(super) fn new(key: K, extra: X, process: &Arc<ProcessCell>, table: &Arc<T>) -> Arc<Self> {
        Arc::new(Self {
            key,
            extra,
            process: Arc::clone(process),
            phase: AtomicU8::new(PENDING),
            place: AtomicUsize::new(0),
            table: Arc::downgrade(table),
            of: std::marker::PhantomData,
        })
    }

    pub(super) fn key(&self) -> &K {
        &self.key
    }

    pub(super) fn extra(&self) -> &X {
        &self.extra
    }

    pub(super) fn process(&self) -> &Arc<ProcessCell> {
        &self.process
    }

    pub(super) fn pid(&self) -> Pid {
        self.process.pid()
    }

    /// Whether the entry is seen.
    pub(super) fn is_there(&self) -> bool {
        self.phase.load(Ordering::Acquire) == THERE
    }

    pub(super) fn is_closed(&self) -> bool {
        self.phase.load(Ordering::Acquire) == GONE
    }

    /// True for one caller, who takes the entry out.
    fn close(&self) -> bool {
        self.phase.swap(GONE, Ordering::AcqRel) != GONE
    }

    pub(super) fn is_in(&self, table: &Arc<T>) -> bool {
        std::ptr::eq(self.table.as_ptr(), Arc::as_ptr(table))
    }
}

impl<K, S: Behaviour, X, T> Entry<K, S, X, T> {
    pub(super) fn client(&self) -> S::Client {
        Client::new(Address::Process(Arc::clone(&self.process))).into()
    }
}

impl<K, S, X, T> Entry<K, S, X, T>
where
    K: Send + Sync + 'static,
    S: 'static,
    X: Send + Sync + 'static,
    T: Table<K, S, X>,
{
    /// Whether it keeps others from its key. One whose process has ended does not.
    pub(super) fn blocks(&self) -> bool {
        match self.phase.load(Ordering::Acquire) {
            THERE => true,
            PENDING if self.process.is_alive() => true,
            PENDING => {
                self.withdraw();
                false
            }
            _ => false,
        }
    }

    /// The entry is in the table: gives it to its process, and shows it. If the process ends meanwhile, nothing of it is
    /// left, and this is false.
    pub(super) fn settle(self: Arc<Self>) -> bool {
        if self.process.hold(Arc::clone(&self) as Arc<dyn Held>) {
            self.phase.compare_exchange(PENDING, THERE, Ordering::AcqRel, Ordering::Acquire).is_ok()
        } else {
            self.withdraw();
            false
        }
    }

    /// Takes the entry out of table and process. False if somebody else does so, or has.
    pub(super) fn withdraw(&self) -> bool {
        if !self.close() {
            return false;
        }
        if let Some(table) = self.table.upgrade() {
            table.take_out(self);
        }
        self.process.release(self);
        true
    }

    /// The table goes: its entries, too.
    pub(super) fn abandon(&self) {
        self.close();
        self.process.release(self);
    }
}

impl<K: Hash + Eq, S, X, T> Keyed for Entry<K, S, X, T> {
    type Key = K;

    fn key(&self) -> &K {
        &self.key
    }
}

impl<K, S, X, T> Held for Entry<K, S, X, T>
where
    K: Send + Sync + 'static,
    S: 'static,
    X: Send + Sync + 'static,
    T: Table<K, S, X>,
{
    fn place(&self) -> &AtomicUsize {
        &self.place
    }

    fn let_go(&self) {
        if self.close()
            && let Some(table) = self.table.upgrade()
        {
            table.take_out(self);
        }
    }
}

/// The entries in this table that a process has.
pub(super) fn entries_of<K, S, X, T>(process: &ProcessCell, table: &Arc<T>) -> Vec<Arc<Entry<K, S, X, T>>>
where
    K: Send + Sync + 'static,
    S: 'static,
    X: Send + Sync + 'static,
    T: Table<K, S, X>,
{
    let own = |held: Arc<dyn Held>| {
        let entry = Arc::downcast::<Entry<K, S, X, T>>(held as Arc<dyn std::any::Any + Send + Sync>).ok()?;
        (entry.is_in(table) && entry.is_there()).then_some(entry)
    };
    process.holdings().into_iter().filter_map(own).collect()
}
