//! In which order applications are started and stopped: plain functions over plain data.
//!
//! Who depends on whom is a graph. An application is started after all that it depends on, and what it does not say is
//! left in the order in which it was asked for. It is stopped before them: the stop is the start, backwards. An
//! application that depends on itself, through however many others, could never be started, so such a ring is an error
//! that names its members.

use std::collections::HashMap;
use std::hash::Hash;

/// An application, as the order sees it.
#[derive(Debug, Clone)]
pub(super) struct Node<K> {
    pub(super) key: K,
    /// What must run before it.
    pub(super) required: Vec<K>,
    /// What must run before it if it is to be started at all: if it is among the nodes.
    pub(super) optional: Vec<K>,
}

/// A ring of applications, each of which depends on the next, and the last on the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cycle<K>(pub(super) Vec<K>);

/// What an application waits for: those of its dependencies that are known, as they are written.
fn waits_for<K: Copy + Eq + Hash>(node: &Node<K>, known: &HashMap<K, &Node<K>>) -> Vec<K> {
    let optional = node.optional.iter().filter(|key| known.contains_key(*key));
    node.required.iter().chain(optional).copied().collect()
}

/// The applications to be started so that those that are wanted run: each once, each after what it depends on.
pub(super) fn start_order<K: Copy + Eq + Hash>(nodes: &[Node<K>], wanted: &[K]) -> Result<Vec<K>, Cycle<K>> {
    let known: HashMap<K, &Node<K>> = nodes.iter().map(|node| (node.key, node)).collect();
    let mut order: Vec<K> = Vec::new();
    // The road from what is wanted to where the search stands: each with its dependencies that are still to be looked at.
    let mut road: Vec<(K, std::vec::IntoIter<K>)> = Vec::new();
    for &wanted in wanted {
        let mut next = Some(wanted);
        loop {
            if let Some(key) = next.take()
                && !order.contains(&key)
            {
                if let Some(start) = road.iter().position(|(on_road, _)| *on_road == key) {
                    return Err(Cycle(road[start..].iter().map(|(key, _)| *key).collect()));
                }
                let before = known.get(&key).map_or_else(Vec::new, |node| waits_for(node, &known));
                road.push((key, before.into_iter()));
            }
            let Some((key, before)) = road.last_mut() else { break };
            next = before.next();
            if next.is_none() {
                order.push(*key);
                road.pop();
            }
        }
    }
    Ok(order)
}

/// Those that may be started now, while others are being started: neither begun nor waiting for any that is not done.
pub(super) fn ready<K: Copy + Eq + Hash>(nodes: &[Node<K>], order: &[K], begun: &[K], done: &[K]) -> Vec<K> {
    let known: HashMap<K, &Node<K>> = nodes.iter().map(|node| (node.key, node)).collect();
    let may_start = |key: &K| {
        !begun.contains(key)
            && known.get(key).is_none_or(|node| waits_for(node, &known).iter().all(|before| done.contains(before)))
    };
    order.iter().copied().filter(may_start).collect()
}

/// The order in which those that were started in this order are stopped.
pub(super) fn stop_order<K: Copy>(started: &[K]) -> Vec<K> {
    started.iter().rev().copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cycle, Node, ready, start_order, stop_order};

    fn node(key: u8, required: &[u8], optional: &[u8]) -> Node<u8> {
        Node { key, required: required.to_vec(), optional: optional.to_vec() }
    }

    #[test]
    fn what_an_application_depends_on_comes_first_in_the_order_in_which_it_is_written() {
        let nodes =
            [node(1, &[3, 2], &[]), node(2, &[4], &[]), node(3, &[4], &[]), node(4, &[], &[]), node(5, &[], &[])];
        assert_eq!(start_order(&nodes, &[1]), Ok(vec![4, 3, 2, 1]));
        assert_eq!(start_order(&nodes, &[5, 2, 1]), Ok(vec![5, 4, 2, 3, 1]));
    }

    #[test]
    fn what_is_optional_comes_first_only_if_it_is_known() {
        let with = [node(1, &[2], &[3]), node(2, &[], &[]), node(3, &[], &[])];
        assert_eq!(start_order(&with, &[1]), Ok(vec![2, 3, 1]));
        assert_eq!(start_order(&with[..2], &[1]), Ok(vec![2, 1]));
    }

    #[test]
    fn a_ring_is_an_error_that_names_its_members() {
        let nodes = [node(1, &[2], &[]), node(2, &[3], &[]), node(3, &[], &[4]), node(4, &[2], &[])];
        assert_eq!(start_order(&nodes, &[1]), Err(Cycle(vec![2, 3, 4])));
        assert_eq!(start_order(&nodes[..3], &[1]), Ok(vec![3, 2, 1]));
        assert_eq!(start_order(&[node(1, &[1], &[])], &[1]), Err(Cycle(vec![1])));
    }

    #[test]
    fn independent_applications_are_ready_together() {
        let nodes = [node(1, &[2, 3], &[]), node(2, &[4], &[]), node(3, &[4], &[]), node(4, &[], &[])];
        let order = start_order(&nodes, &[1]).unwrap();
        assert_eq!(ready(&nodes, &order, &[], &[]), [4]);
        assert_eq!(ready(&nodes, &order, &[4], &[]), [] as [u8; 0]);
        assert_eq!(ready(&nodes, &order, &[4], &[4]), [2, 3]);
        assert_eq!(ready(&nodes, &order, &[4, 2, 3], &[4, 3]), [] as [u8; 0]);
        assert_eq!(ready(&nodes, &order, &[4, 2, 3], &[4, 3, 2]), [1]);
    }

    /// Some applications, each of which depends on some of all of them.
    fn graphs() -> impl Strategy<Value = (Vec<Node<u8>>, Vec<u8>)> {
        (1_u8..12).prop_flat_map(|count| {
            let some = prop::collection::vec(0..count, 0..3);
            let nodes = prop::collection::vec((some.clone(), some), usize::from(count));
            // Only some of the applications are known, so that some optional ones are not.
            let wanted = prop::collection::vec(0..count, 1..4);
            (nodes, wanted).prop_map(|(nodes, wanted)| {
                let nodes =
                    nodes.into_iter().zip(0..).map(|((required, optional), key)| node(key, &required, &optional));
                (nodes.collect(), wanted)
            })
        })
    }

    /// As they are, but each depends only on those with a smaller number: there is no ring.
    fn acyclic() -> impl Strategy<Value = (Vec<Node<u8>>, Vec<u8>)> {
        graphs().prop_map(|(mut nodes, wanted)| {
            for node in &mut nodes {
                let key = node.key;
                node.required.retain(|before| *before < key);
                node.optional.retain(|before| *before < key);
            }
            (nodes, wanted)
        })
    }

    fn depends(nodes: &[Node<u8>], from: u8, on: u8) -> bool {
        nodes.iter().any(|node| node.key == from && (node.required.contains(&on) || node.optional.contains(&on)))
    }

    proptest! {
        #[test]
        fn each_is_started_once_after_all_that_it_depends_on((nodes, wanted) in acyclic()) {
            let order = start_order(&nodes, &wanted).unwrap();
            for (place, key) in order.iter().enumerate() {
                prop_assert!(!order[..place].contains(key));
                for other in 0..nodes.len() {
                    let other = u8::try_from(other).unwrap();
                    prop_assert!(!depends(&nodes, *key, other) || order[..place].contains(&other));
                }
            }
            prop_assert!(wanted.iter().all(|key| order.contains(key)));
            // Nothing is started that nobody needs.
            for key in &order {
                prop_assert!(wanted.contains(key) || order.iter().any(|other| depends(&nodes, *other, *key)));
            }
        }

        #[test]
        fn each_is_stopped_before_all_that_it_depends_on((nodes, wanted) in acyclic()) {
            let order = stop_order(&start_order(&nodes, &wanted).unwrap());
            for (place, key) in order.iter().enumerate() {
                prop_assert!(order[..place].iter().all(|stopped| !depends(&nodes, *key, *stopped)));
            }
        }

        #[test]
        fn a_ring_that_is_reported_is_there((nodes, wanted) in graphs()) {
            if let Err(Cycle(ring)) = start_order(&nodes, &wanted) {
                for (from, on) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                    prop_assert!(depends(&nodes, *from, *on), "{ring:?}");
                }
            }
        }

        #[test]
        fn a_ring_that_is_reached_is_reported((mut nodes, wanted) in acyclic(), steps in prop::collection::vec(0..3_usize, 1..6)) {
            // From what is wanted down to something that it needs, and back.
            let from = wanted[0];
            let mut to = from;
            for step in steps {
                let before = nodes[usize::from(to)].required.clone();
                to = before.get(step).copied().unwrap_or(to);
            }
            nodes[usize::from(to)].required.push(from);
            prop_assert!(start_order(&nodes, &wanted).is_err());
        }

        #[test]
        fn however_fast_each_is_a_concurrent_start_does_not_get_stuck(
            (nodes, wanted) in acyclic(),
            speeds in prop::collection::vec(any::<prop::sample::Index>(), 16),
        ) {
            let order = start_order(&nodes, &wanted).unwrap();
            let (mut begun, mut done) = (Vec::new(), Vec::new());
            for speed in speeds.iter().cycle().take(order.len()) {
                for key in ready(&nodes, &order, &begun, &done) {
                    prop_assert!(order.iter().all(|other| !depends(&nodes, key, *other) || done.contains(other)));
                    begun.push(key);
                }
                let under_way: Vec<_> = begun.iter().copied().filter(|key| !done.contains(key)).collect();
                prop_assert!(!under_way.is_empty());
                done.push(under_way[speed.index(under_way.len())]);
            }
            prop_assert_eq!(done.len(), order.len());
        }
    }
}
