//! What a process holds elsewhere: its entries in registries, its memberships of groups, the workers that are lent to it.
//!
//! As its name, it is gone before anybody hears of the process's end.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cell::ProcessCell;

/// Something that belongs to a process and is found elsewhere: an entry in a registry. As the name of a process, it is
/// gone before anybody hears of the process's end.
pub(crate) trait Held: Any + Send + Sync {
    /// Its place among all that the process holds. It changes under the lock of the relations.
    fn place(&self) -> &AtomicUsize;

    /// The process ends. No lock is held, for this may run code of the user's.
    fn let_go(&self);
}

impl ProcessCell {
    /// Holds something until the process ends, or it is released. False if the end has begun.
    pub(crate) fn hold(&self, held: Arc<dyn Held>) -> bool {
        let mut relations = self.relations();
        if relations.ended.is_some() {
            // The lock is opened before what was to be held is dropped.
            drop(relations);
            return false;
        }
        let all = &mut relations.tables().held;
        held.place().store(all.len(), Ordering::Relaxed);
        if all.is_empty() {
            // As a rule there is no other.
            all.reserve_exact(1);
        }
        all.push(held);
        true
    }

    /// Lets go of something, if it is still held.
    pub(crate) fn release(&self, held: &dyn Held) {
        let mut relations = self.relations();
        let Some(tables) = &mut relations.tables else { return };
        let (all, place) = (&mut tables.held, held.place().load(Ordering::Relaxed));
        let same = |known: &Arc<dyn Held>| std::ptr::addr_eq(Arc::as_ptr(known), held);
        if !all.get(place).is_some_and(same) {
            return;
        }
        let released = all.swap_remove(place);
        if let Some(moved) = all.get(place) {
            moved.place().store(place, Ordering::Relaxed);
        }
        drop(relations);
        drop(released);
    }

    /// The first of this type that the process holds.
    pub(crate) fn held_as<T: Held>(&self) -> Option<Arc<T>> {
        let relations = self.relations();
        let held = relations.tables.as_ref()?.held.iter().find(|held| (&***held as &dyn Any).is::<T>())?;
        Arc::downcast(Arc::clone(held) as Arc<dyn Any + Send + Sync>).ok()
    }

    /// All that the process holds now.
    pub(crate) fn holdings(&self) -> Vec<Arc<dyn Held>> {
        self.relations().tables.as_ref().map(|tables| tables.held.clone()).unwrap_or_default()
    }
}
