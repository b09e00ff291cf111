//! A worker: what a pool and a process both know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::process::cell::ProcessCell;
use crate::process::held::Held;

use super::pure;
use super::shared::Shared;

/// A worker of a pool.
pub(super) struct Worker {
    pub(super) number: pure::Worker,
    pub(super) process: Arc<ProcessCell>,
    pub(super) pool: Arc<Shared>,
    /// Whether its process has ended. It changes under the lock of the pool.
    ended: AtomicBool,
    place: AtomicUsize,
}

impl Worker {
    pub(super) fn new(number: pure::Worker, process: Arc<ProcessCell>, pool: &Arc<Shared>) -> Arc<Self> {
        let (ended, place) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Self { number, process, pool: Arc::clone(pool), ended, place })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Has its process hold it. False if that has ended.
    pub(super) fn begin(self: &Arc<Self>) -> bool {
        self.process.hold(Arc::clone(self) as Arc<dyn Held>)
    }

    /// Its process holds it no more.
    pub(super) fn release(&self) {
        self.process.release(self);
    }
}

impl Held for Worker {
    fn place(&self) -> &AtomicUsize {
        &self.place
    }

    fn let_go(&self) {
        self.pool.died(self);
    }
}

/// A worker that is lent. Dropping it gives the worker back.
pub(super) struct Lent(pub(super) Arc<Worker>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.pool.checkin(self.0.number);
    }
}
