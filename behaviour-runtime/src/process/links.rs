//! The links of one process.
//!
//! Nearly every process has one link, to its supervisor, so the first one takes no table of its own.

use super::pid::Pid;
use super::relations::Map;

/// Linked processes, and which of the links between the two this is.
#[derive(Default)]
pub(super) struct Links {
    /// A link that is not among the others.
    one: Option<(Pid, u64)>,
    others: Option<Box<Map<Pid, u64>>>,
}

impl Links {
    pub(super) fn get(&self, other: Pid) -> Option<u64> {
        match self.one {
            Some((pid, link)) if pid == other => Some(link),
            _ => self.others.as_ref()?.get(&other).copied(),
        }
    }

    /// Adds a link, in place of the one that was there.
    pub(super) fn insert(&mut self, other: Pid, link: u64) {
        match &mut self.one {
            Some((pid, known)) if *pid == other => *known = link,
            None if self.others.is_none() => self.one = Some((other, link)),
            _ => {
                self.others.get_or_insert_default().insert(other, link);
            }
        }
    }

    pub(super) fn remove(&mut self, other: Pid) -> Option<u64> {
        match self.one.take_if(|(pid, _)| *pid == other) {
            Some((_, link)) => Some(link),
            None => self.others.as_mut()?.remove(&other),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.one.is_none() && self.others.as_ref().is_none_or(|others| others.is_empty())
    }

    pub(super) fn pids(&self) -> impl Iterator<Item = Pid> {
        let others = self.others.iter().flat_map(|others| others.keys().copied());
        self.one.iter().map(|(pid, _)| *pid).chain(others)
    }

    /// All links, which are gone from here.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Pid, u64)> + use<> {
        self.one.take().into_iter().chain(self.others.take().into_iter().flat_map(|others| *others))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{ProptestConfig, Strategy as _, prop, prop_assert_eq, prop_oneof, proptest};

    use super::{Links, Pid};

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u32),
        Remove(u32),
        Take,
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn links_are_a_map(steps in prop::collection::vec(
            prop_oneof![
                4 => (0_u32..5).prop_map(Step::Insert),
                4 => (0_u32..5).prop_map(Step::Remove),
                1 => (0_u32..1).prop_map(|_| Step::Take),
            ],
            0..60,
        )) {
            let (mut links, mut map) = (Links::default(), BTreeMap::new());
            for (link, step) in (0..).zip(steps) {
                match step {
                    Step::Insert(slot) => {
                        links.insert(Pid::local(slot, 1), link);
                        map.insert(Pid::local(slot, 1), link);
                    }
                    Step::Remove(slot) => {
                        prop_assert_eq!(links.remove(Pid::local(slot, 1)), map.remove(&Pid::local(slot, 1)));
                    }
                    Step::Take => {
                        let taken: BTreeMap<_, _> = links.take().collect();
                        prop_assert_eq!(taken, std::mem::take(&mut map));
                    }
                }
                for slot in 0..5 {
                    let pid = Pid::local(slot, 1);
                    prop_assert_eq!(links.get(pid), map.get(&pid).copied());
                }
                let mut pids: Vec<_> = links.pids().collect();
                pids.sort();
                prop_assert_eq!(pids, map.keys().copied().collect::<Vec<_>>());
                prop_assert_eq!(links.is_empty(), map.is_empty());
            }
        }
    }
}
