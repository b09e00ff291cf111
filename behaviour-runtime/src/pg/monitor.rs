//! Who hears of joins and leaves, and what is heard.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crate::edge::Key;
use crate::process::held::Held;
use crate::process::{MonitorRef, discard, report};

use super::member::Member;
use super::shared::{Group, Shared};

/// What a process hears of a group that it monitors: one for each operation, with all members that it was about.
///
/// The end of a member leaves, too: once for each time that it had joined.
#[non_exhaustive]
pub enum Change<K, M> {
    /// Members joined (`{Ref, join, Group, Pids}`).
    Joined {
        /// The monitor that this belongs to.
        monitor: MonitorRef,
        /// The group.
        group: K,
        /// Who joined; who joined twice at a time is there twice.
        members: Vec<Member<M>>,
    },
    /// Members left (`{Ref, leave, Group, Pids}`).
    Left {
        /// The monitor that this belongs to.
        monitor: MonitorRef,
        /// The group.
        group: K,
        /// Who left.
        members: Vec<Member<M>>,
    },
}

impl<K, M> Change<K, M> {
    /// The monitor that this belongs to.
    #[must_use]
    pub fn monitor(&self) -> MonitorRef {
        let (Self::Joined { monitor, .. } | Self::Left { monitor, .. }) = self;
        *monitor
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &K {
        let (Self::Joined { group, .. } | Self::Left { group, .. }) = self;
        group
    }

    /// Who joined or left.
    #[must_use]
    pub fn members(&self) -> &[Member<M>] {
        let (Self::Joined { members, .. } | Self::Left { members, .. }) = self;
        members
    }

    /// Whether they joined.
    #[must_use]
    pub fn is_join(&self) -> bool {
        matches!(self, Self::Joined { .. })
    }
}

impl<K: Clone, M> Clone for Change<K, M> {
    fn clone(&self) -> Self {
        let (monitor, group, members) = (self.monitor(), self.group().clone(), self.members().to_vec());
        match self {
            Self::Joined { .. } => Self::Joined { monitor, group, members },
            Self::Left { .. } => Self::Left { monitor, group, members },
        }
    }
}

impl<K: PartialEq, M> PartialEq for Change<K, M> {
    fn eq(&self, other: &Self) -> bool {
        self.is_join() == other.is_join()
            && self.monitor() == other.monitor()
            && self.group() == other.group()
            && self.members() == other.members()
    }
}

impl<K: fmt::Debug, M> fmt::Debug for Change<K, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(if self.is_join() { "Joined" } else { "Left" })
            .field("monitor", &self.monitor())
            .field("group", self.group())
            .field("members", &self.members())
            .finish()
    }
}

/// A process that monitors a group, or all groups of a scope.
pub(super) struct Subscriber<K: Key, M: 'static> {
    pub(super) reference: MonitorRef,
    to: Member<Change<K, M>>,
    /// Without one it hears of all.
    pub(super) group: Option<Arc<Group<K>>>,
    /// Whether it wants to hear no more. Set under the lock of the scope.
    gone: AtomicBool,
    place: AtomicUsize,
    scope: Weak<Shared<K, M>>,
}

impl<K: Key, M: 'static> Subscriber<K, M> {
    pub(super) fn new(
        reference: MonitorRef,
        to: Member<Change<K, M>>,
        group: Option<Arc<Group<K>>>,
        scope: &Arc<Shared<K, M>>,
    ) -> Arc<Self> {
        let scope = Arc::downgrade(scope);
        Arc::new(Self { reference, to, group, gone: AtomicBool::new(false), place: AtomicUsize::new(0), scope })
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// Has its process hold it. False if that has ended.
    pub(super) fn begin(self: &Arc<Self>) -> bool {
        self.to.process().hold(Arc::clone(self) as Arc<dyn Held>)
    }

    /// Its process holds it no more.
    pub(super) fn release(&self) {
        self.to.process().release(self);
    }

    /// Tells it a change.
    fn hear(&self, notice: &Notice<K, M>) {
        let (monitor, group, members) = (self.reference, notice.group.name.clone(), notice.members.clone());
        self.to.send(if notice.joined {
            Change::Joined { monitor, group, members }
        } else {
            Change::Left { monitor, group, members }
        });
    }
}

impl<K: Key, M: 'static> Held for Subscriber<K, M> {
    fn place(&self) -> &AtomicUsize {
        &self.place
    }

    fn let_go(&self) {
        if let Some(scope) = self.scope.upgrade() {
            scope.forget_subscriber(self);
        }
    }
}

/// A change that is to be told.
pub(super) struct Notice<K: Key, M: 'static> {
    pub(super) to: Vec<Arc<Subscriber<K, M>>>,
    pub(super) joined: bool,
    pub(super) group: Arc<Group<K>>,
    pub(super) members: Vec<Member<M>>,
}

impl<K: Key, M: 'static> Notice<K, M> {
    /// Tells all who are to hear. No lock is held, for this runs code of the user's.
    pub(super) fn tell(self) {
        for subscriber in &self.to {
            if !subscriber.is_gone() {
                // The name and the conversion into what the process takes may be the user's.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| subscriber.hear(&self))) {
                    report::sending_panicked(subscriber.to.process(), &report::panicked(payload));
                }
            }
        }
        discard(self);
    }
}
