//! One membership: what a scope and a process both know.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::edge::Key;
use crate::process::held::Held;

use super::member::Member;
use super::shared::{Group, Shared};

/// It is not in its group yet.
const PENDING: u64 = u64::MAX;
/// It is not in its group any more, or will not come into it.
const GONE: u64 = u64::MAX - 1;

/// What a membership is to its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    /// In its group's bag, under this ticket.
    There(u64),
    Gone,
}

/// That a process has joined a group, once.
pub(super) struct Membership<K: Key, M: 'static> {
    pub(super) member: Member<M>,
    pub(super) group: Arc<Group<K>>,
    /// Its phase. It changes under the lock of the scope.
    phase: AtomicU64,
    place: AtomicUsize,
    scope: Weak<Shared<K, M>>,
}

impl<K: Key, M: 'static> Membership<K, M> {
    pub(super) fn new(member: Member<M>, group: &Arc<Group<K>>, scope: &Arc<Shared<K, M>>) -> Arc<Self> {
        Arc::new(Self {
            member,
            group: Arc::clone(group),
            phase: AtomicU64::new(PENDING),
            place: AtomicUsize::new(0),
            scope: Arc::downgrade(scope),
        })
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            PENDING => Phase::Pending,
            GONE => Phase::Gone,
            ticket => Phase::There(ticket),
        }
    }

    pub(super) fn entered(&self, ticket: u64) {
        self.phase.store(ticket, Ordering::Relaxed);
    }

    pub(super) fn left(&self) {
        self.phase.store(GONE, Ordering::Relaxed);
    }

    /// Has the process hold it. False if that has ended.
    pub(super) fn begin(self: &Arc<Self>) -> bool {
        self.member.process().hold(Arc::clone(self) as Arc<dyn Held>)
    }

    /// The process holds it no more.
    pub(super) fn release(&self) {
        self.member.process().release(self);
    }
}

impl<K: Key, M: 'static> Held for Membership<K, M> {
    fn place(&self) -> &AtomicUsize {
        &self.place
    }

    fn let_go(&self) {
        if let Some(scope) = self.scope.upgrade() {
            scope.end(self);
        }
    }
}
