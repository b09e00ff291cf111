//! Other flags and another order of children, while the machine is at rest (otp.md 7.9).
//!
//! Keys are in start order, so children that come into another order get other keys. Letters that are on their way to
//! the supervisor's own mailbox name a child that is restarting by the key it had: those are remembered.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::protocol::{ChildKey, Status};
use super::super::rules::{AutoShutdown, Policy, Strategy};
use super::{Child, Machine};

impl Machine {
    /// Goes on by other flags. Restarts of late still count.
    pub(crate) fn set_flags(
        &mut self,
        strategy: Strategy,
        auto_shutdown: AutoShutdown,
        intensity: u32,
        period: Duration,
    ) {
        (self.strategy, self.auto_shutdown) = (strategy, auto_shutdown);
        self.window.change(intensity, period);
    }

    /// Puts the children into this order: who is there already by its key, and what is newly said of it. All who are
    /// there must be in it. Their keys, in this order; a child that is new has not been started.
    pub(crate) fn rearrange(
        &mut self,
        order: impl Iterator<Item = (Option<ChildKey>, Option<Policy>)>,
    ) -> Vec<ChildKey> {
        debug_assert!(self.is_idle(), "the order changes during {:?}", self.work);
        let mut before = std::mem::take(&mut self.children);
        let was_called = std::mem::take(&mut self.moved);
        let mut called = BTreeMap::new();
        let keys = order.map(|(old, said)| {
            let key = self.add(said.unwrap_or(Policy::DEFAULT));
            if let Some((old, child)) = old.and_then(|old| Some((old, before.remove(&old)?))) {
                if child.status == Status::Restarting {
                    called.insert(old, key);
                }
                let policy = said.unwrap_or(child.policy);
                self.children.insert(key, Child { policy, ..child });
            }
            key
        });
        let keys = keys.collect();
        debug_assert!(before.is_empty(), "{before:?} got lost");
        let earlier = was_called.into_iter().filter_map(|(ever, then)| Some((ever, *called.get(&then)?)));
        self.moved = earlier.collect();
        self.moved.extend(called);
        keys
    }

    /// The key of a child that had this one.
    pub(super) fn now_called(&self, child: ChildKey) -> ChildKey {
        self.moved.get(&child).copied().unwrap_or(child)
    }
}
