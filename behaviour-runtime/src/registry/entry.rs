//! One entry: what a registry and a process both know.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::edge::{Behaviour, Client};
use crate::process::Pid;
use crate::process::address::Address;
use crate::process::cell::ProcessCell;
use crate::process::held::Held;

/// It is in the table, and its process does not know of it yet.
const PENDING: u8 = 0;
/// It is seen.
const THERE: u8 = 1;
/// It is out of the table, or somebody is about to take it out.
const GONE: u8 = 2;

/// An entry in a table `T`, with an `X` beside its key.
pub(super) struct Entry<K, S, X, T> {
    key: K,
    extra: X,
    process: Arc<ProcessCell>,
    address: Address,
    phase: AtomicU8,
    place: AtomicUsize,
    table: Weak<T>,
    of: std::marker::PhantomData<fn() -> S>,
}

/// Where entries are found.
pub(super) trait Table<K, S, X>: Send + Sync + Sized + 'static {
    /// Takes out an entry that has been closed, unless somebody else has done it already.
    fn take_out(&self, entry: &Entry<K, S, X, Self>);
}

impl<K, S, X, T> Entry<K, S, X, T> {
    pub(super) fn new(key: K, extra: X, process: &Arc<ProcessCell>, table: &Arc<T>) -> Arc<Self> {
        Arc::new(Self {
            key,
            extra,
            process: Arc::clone(process),
            address: Address::of(process),
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

    /// Where its client's messages go.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn pid(&self) -> Pid {
        self.process.pid()
    }

    /// Whether the entry is seen.
    pub(super) fn is_there(&self) -> bool {
        self.phase.load(Ordering::Acquire) == THERE
    }

    /// True for one caller.
    fn close(&self) -> bool {
        self.phase.swap(GONE, Ordering::AcqRel) != GONE
    }

    pub(super) fn is_in(&self, table: &Arc<T>) -> bool {
        std::ptr::eq(self.table.as_ptr(), Arc::as_ptr(table))
    }
}

impl<K, S: Behaviour, X, T> Entry<K, S, X, T> {
    pub(super) fn client(&self) -> S::Client {
        Client::new(self.address.clone()).into()
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

    /// Takes the entry out of table and process; when this is done, it is out. False if somebody else was first.
    pub(super) fn withdraw(&self) -> bool {
        let first = self.take_out();
        self.process.release(self);
        first
    }

    /// Who is not the first does not wait for the first one: both do it.
    fn take_out(&self) -> bool {
        let first = self.close();
        if let Some(table) = self.table.upgrade() {
            table.take_out(self);
        }
        first
    }

    /// The table goes: its entries, too.
    pub(super) fn abandon(&self) {
        self.close();
        self.process.release(self);
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
        self.take_out();
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
