//! What becomes of a supervisor's children when its code changes (otp.md 7.9).
//!
//! A supervisor gets another list of children while it runs. The list says what is said of its children from now on,
//! and in which order they stand; it starts nobody and ends nobody:
//!
//! ```text
//! present list       b  c  x  d
//! new list           a  b  c' d'
//!                    ─────────────────
//! what results       a  b  c' d' x     a is added and does not run; b, c and d go on; x, whom nobody named, stays,
//!                                      behind all others
//! ```
//!
//! A list that is at fault changes nothing, as it would have started nothing.

use std::collections::{HashMap, HashSet};

use super::protocol::ChildKey;
use super::rules::{AutoShutdown, BadCombination, Policy};

/// What is wrong with a list of children, and with which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One before it has the same id.
    Duplicate(usize),
    /// What is said of it contradicts itself, or its supervisor.
    BadCombination(usize, BadCombination),
}

/// Whether these can be the children of a supervisor that ends so; they are told by their ids, and what is said of them.
pub(crate) fn check<'a>(
    list: impl Iterator<Item = (&'a str, Policy)> + Clone,
    auto_shutdown: AutoShutdown,
) -> Result<(), Fault> {
    let mut ids = HashSet::new();
    let mut numbered = list.clone().enumerate();
    if let Some((number, _)) = numbered.find(|(_, (id, _))| !ids.insert(*id)) {
        return Err(Fault::Duplicate(number));
    }
    let contradictory =
        |(number, (_, policy)): (usize, (_, Policy))| Some((number, policy.check(auto_shutdown).err()?));
    match list.enumerate().find_map(contradictory) {
        Some((number, error)) => Err(Fault::BadCombination(number, error)),
        None => Ok(()),
    }
}

/// A child in the list that results. A number is a place in the new list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is there, and something new is said of it.
    Changed(ChildKey, usize),
    /// It is new.
    Added(usize),
    /// It is there, and nothing is said of it.
    Kept(ChildKey),
}

/// What results when the second list, in which no id stands twice, is put into the place of the first.
pub(crate) fn merge<'a>(
    present: impl Iterator<Item = (ChildKey, &'a str)>,
    new: impl Iterator<Item = &'a str>,
) -> Vec<Place> {
    let (mut order, mut known) = (Vec::new(), HashMap::new());
    for (key, id) in present {
        order.push((key, id));
        known.insert(id, key);
    }
    let mut places: Vec<_> = new
        .enumerate()
        .map(|(number, id)| known.remove(id).map_or(Place::Added(number), |key| Place::Changed(key, number)))
        .collect();
    places.extend(order.into_iter().filter(|(_, id)| known.contains_key(id)).map(|(key, _)| Place::Kept(key)));
    places
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{AutoShutdown, BadCombination, ChildKey, Fault, Place, Policy, check, merge};
    use crate::supervisor::pure::Restart;

    fn keyed(ids: &[String]) -> impl Iterator<Item = (ChildKey, &str)> {
        (0..).map(ChildKey).zip(ids.iter().map(String::as_str))
    }

    /// A few ids in any order, none of them twice.
    fn ids() -> impl Strategy<Value = Vec<String>> {
        prop::sample::subsequence(vec!["a", "b", "c", "d", "e", "f"], 0..=6)
            .prop_shuffle()
            .prop_map(|ids| ids.into_iter().map(String::from).collect())
    }

    // SUP-86
    #[test]
    fn the_picture_is_true() {
        let present = ["b", "c", "x", "d"].map(String::from);
        let places = merge(keyed(&present), ["a", "b", "c", "d"].into_iter());
        let key = ChildKey;
        let expected = [
            Place::Added(0),
            Place::Changed(key(0), 1),
            Place::Changed(key(1), 2),
            Place::Changed(key(3), 3),
            Place::Kept(key(2)),
        ];
        assert_eq!(places, expected);
    }

    // SUP-73
    #[test]
    fn a_list_that_is_at_fault_says_which_child_is() {
        let plain = Policy::from(Restart::Transient);
        let significant = Policy { significant: true, ..plain };
        let never = |list: &[(&'static str, Policy)]| check(list.iter().copied(), AutoShutdown::Never);
        assert_eq!(never(&[("a", plain), ("b", plain)]), Ok(()));
        assert_eq!(never(&[("a", significant), ("b", plain), ("b", plain)]), Err(Fault::Duplicate(2)));
        let bad = Fault::BadCombination(1, BadCombination::SignificantNever);
        assert_eq!(never(&[("a", plain), ("b", significant)]), Err(bad));
        assert_eq!(check([("a", significant)].into_iter(), AutoShutdown::AnySignificant), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_new_list_comes_first_then_those_whom_it_does_not_name(present in ids(), new in ids()) {
            let places = merge(keyed(&present), new.iter().map(String::as_str));
            let name = |place: &Place| match place {
                Place::Changed(key, number) => {
                    assert_eq!(present[key.0], new[*number]);
                    new[*number].clone()
                }
                Place::Added(number) => {
                    assert!(!present.contains(&new[*number]));
                    new[*number].clone()
                }
                Place::Kept(key) => present[key.0].clone(),
            };
            let named: Vec<_> = places.iter().map(name).collect();
            let mut expected = new.clone();
            expected.extend(present.iter().filter(|id| !new.contains(id)).cloned());
            prop_assert_eq!(named, expected);
        }

        #[test]
        fn a_list_is_sound_if_all_its_ids_differ_and_every_child_is(
            list in prop::collection::vec((0_usize..5, any::<bool>(), any::<bool>()), 0..5),
            is_ending in any::<bool>(),
        ) {
            let auto_shutdown = if is_ending { AutoShutdown::AllSignificant } else { AutoShutdown::Never };
            let names = ["a", "b", "c", "d", "e"];
            let list: Vec<_> = list
                .into_iter()
                .map(|(name, significant, permanent)| {
                    let restart = if permanent { Restart::Permanent } else { Restart::Temporary };
                    (names[name], Policy { significant, ..restart.into() })
                })
                .collect();
            let differ = list.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len() == list.len();
            let sound = list.iter().all(|(_, policy)| policy.check(auto_shutdown).is_ok());
            prop_assert_eq!(check(list.iter().copied(), auto_shutdown).is_ok(), differ && sound);
            if let Err(Fault::BadCombination(number, error)) = check(list.iter().copied(), auto_shutdown) {
                prop_assert!(differ);
                prop_assert_eq!(list[number].1.check(auto_shutdown), Err(error));
            }
        }
    }
}
