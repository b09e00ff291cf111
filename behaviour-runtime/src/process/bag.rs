//! All that is found under one key, as a value that is not changed but replaced.
//!
//! A key may have one entry or a hundred thousand, and readers take no lock: so a bag shares what it can with the one
//! it is made from. It is a tree over tickets, the numbers that entries are given as they come, 32 at a time: to add or
//! remove one copies one small array a level. A bag of up to 32 is one array.

use std::sync::Arc;

/// How many bits of a ticket a level looks at.
const BITS: u32 = 5;
const MASK: u64 = (1 << BITS) - 1;

/// A bag of `T`s, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Bag<T> {
    root: Arc<Node<T>>,
    /// How many levels are above the leaves.
    height: u32,
    len: usize,
    next: u64,
}

#[derive(Debug)]
enum Node<T> {
    Leaf(Sparse<T>),
    Branch(Sparse<Arc<Node<T>>>),
}

/// Up to 32 things, each at its number; what is not there takes no room.
#[derive(Debug)]
struct Sparse<T> {
    there: u32,
    things: Box<[T]>,
}

impl<T: Clone> Bag<T> {
    /// A bag with one thing, and its ticket.
    pub(crate) fn one(thing: T) -> (Self, u64) {
        let root = Arc::new(Node::Leaf(Sparse::one(0, thing)));
        (Self { root, height: 0, len: 1, next: 1 }, 0)
    }

    /// This bag and one thing more, and its ticket.
    pub(crate) fn with(&self, thing: T) -> (Self, u64) {
        let ticket = self.next;
        let (mut root, mut height) = (Arc::clone(&self.root), self.height);
        while ticket.checked_shr(BITS * (height + 1)).unwrap_or(0) > 0 {
            root = Arc::new(Node::Branch(Sparse::one(0, root)));
            height += 1;
        }
        let root = Arc::new(root.with(ticket, height, thing));
        (Self { root, height, len: self.len + 1, next: ticket + 1 }, ticket)
    }

    /// This bag without the thing of a ticket; nothing if that was the last one.
    ///
    /// The thing must be there.
    pub(crate) fn without(&self, ticket: u64) -> Option<Self> {
        let root = Arc::new(self.root.without(ticket, self.height)?);
        Some(Self { root, height: self.height, len: self.len - 1, next: self.next })
    }

    pub(crate) fn get(&self, ticket: u64) -> Option<&T> {
        let mut node = &*self.root;
        if ticket >= self.next {
            return None;
        }
        let mut height = self.height;
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.get(at(ticket, 0)),
                Node::Branch(branch) => node = branch.get(at(ticket, height))?,
            }
            height -= 1;
        }
    }
}

impl<T> Bag<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The ticket of what was added last.
    pub(crate) fn last_ticket(&self) -> u64 {
        self.next - 1
    }

    pub(crate) fn iter(&self) -> Iter<'_, T> {
        let mut iter = Iter { branches: Vec::new(), leaf: [].iter() };
        iter.enter(&self.root);
        iter
    }
}

impl<T> Clone for Bag<T> {
    fn clone(&self) -> Self {
        Self { root: Arc::clone(&self.root), height: self.height, len: self.len, next: self.next }
    }
}

/// What a bag holds, in order.
pub(crate) struct Iter<'a, T> {
    /// What is left to go into, level by level.
    branches: Vec<std::slice::Iter<'a, Arc<Node<T>>>>,
    leaf: std::slice::Iter<'a, T>,
}

impl<'a, T> Iter<'a, T> {
    /// Goes down to the first leaf.
    fn enter(&mut self, mut node: &'a Node<T>) {
        loop {
            match node {
                Node::Leaf(leaf) => {
                    self.leaf = leaf.things.iter();
                    return;
                }
                Node::Branch(branch) => {
                    let mut below = branch.things.iter();
                    let Some(first) = below.next() else { return };
                    self.branches.push(below);
                    node = first;
                }
            }
        }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(thing) = self.leaf.next() {
                return Some(thing);
            }
            match self.branches.last_mut()?.next() {
                Some(node) => self.enter(node),
                None => drop(self.branches.pop()),
            }
        }
    }
}

/// Where the way to a ticket goes on at this height.
fn at(ticket: u64, height: u32) -> u32 {
    u32::try_from(ticket >> (BITS * height) & MASK).expect("five bits")
}

impl<T: Clone> Node<T> {
    fn with(&self, ticket: u64, height: u32, thing: T) -> Self {
        let index = at(ticket, height);
        match self {
            Self::Leaf(leaf) => Self::Leaf(leaf.with(index, thing)),
            Self::Branch(branch) => {
                let below = match branch.get(index) {
                    Some(below) => below.with(ticket, height - 1, thing),
                    None => Self::way_to(ticket, height - 1, thing),
                };
                Self::Branch(branch.with(index, Arc::new(below)))
            }
        }
    }

    /// A new way down to one thing.
    fn way_to(ticket: u64, height: u32, thing: T) -> Self {
        let index = at(ticket, height);
        if height == 0 {
            return Self::Leaf(Sparse::one(index, thing));
        }
        Self::Branch(Sparse::one(index, Arc::new(Self::way_to(ticket, height - 1, thing))))
    }

    /// Nothing if nothing is left.
    fn without(&self, ticket: u64, height: u32) -> Option<Self> {
        let index = at(ticket, height);
        match self {
            Self::Leaf(leaf) => leaf.without(index).map(Self::Leaf),
            Self::Branch(branch) => match branch.get(index)?.without(ticket, height - 1) {
                Some(below) => Some(Self::Branch(branch.with(index, Arc::new(below)))),
                None => branch.without(index).map(Self::Branch),
            },
        }
    }
}

impl<T: Clone> Sparse<T> {
    fn one(index: u32, thing: T) -> Self {
        Self { there: 1 << index, things: Box::new([thing]) }
    }

    /// How many are before this number, and whether it is there.
    fn find(&self, index: u32) -> (usize, bool) {
        let bit = 1 << index;
        ((self.there & (bit - 1)).count_ones() as usize, self.there & bit != 0)
    }

    fn get(&self, index: u32) -> Option<&T> {
        let (before, there) = self.find(index);
        if there { self.things.get(before) } else { None }
    }

    /// Replaces or adds.
    fn with(&self, index: u32, thing: T) -> Self {
        let (before, there) = self.find(index);
        let (head, tail) = self.things.split_at(before);
        let tail = tail[usize::from(there)..].iter().cloned();
        Self { there: self.there | 1 << index, things: head.iter().cloned().chain([thing]).chain(tail).collect() }
    }

    /// Nothing if nothing is left.
    fn without(&self, index: u32) -> Option<Self> {
        let (before, there) = self.find(index);
        debug_assert!(there, "only what is there is removed");
        let (head, tail) = self.things.split_at(before);
        let tail = tail[usize::from(there)..].iter().cloned();
        let things: Box<[T]> = head.iter().cloned().chain(tail).collect();
        (!things.is_empty()).then_some(Self { there: self.there & !(1 << index), things })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Bag;

    /// Adds, or removes the thing at this place, as the list says; compares with a plain vector after each.
    fn check(steps: &[Option<usize>]) {
        let mut bag: Option<Bag<usize>> = None;
        let mut model: Vec<(u64, usize)> = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            match step {
                Some(place) if !model.is_empty() => {
                    let (ticket, thing) = model.remove(place % model.len());
                    let before = bag.take().expect("it is not empty");
                    assert_eq!(before.get(ticket), Some(&thing));
                    bag = before.without(ticket);
                    assert_eq!(before.get(ticket), Some(&thing), "a bag does not change");
                }
                _ => {
                    let (more, ticket) = bag.as_ref().map_or_else(|| Bag::one(number), |bag| bag.with(number));
                    bag = Some(more);
                    model.push((ticket, number));
                }
            }
            let (things, len) =
                bag.as_ref().map_or_else(Default::default, |bag| (bag.iter().collect::<Vec<_>>(), bag.len()));
            assert_eq!(things, model.iter().map(|(_, thing)| thing).collect::<Vec<_>>());
            assert_eq!(len, model.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_bag_is_a_list_in_the_order_of_coming(
            steps in prop::collection::vec(prop::option::weighted(0.4, any::<usize>()), 0..300),
        ) {
            check(&steps);
        }

        #[test]
        fn a_bag_with_much_coming_and_going_stays_one(
            steps in prop::collection::vec(prop::option::weighted(0.5, any::<usize>()), 0..2_000),
        ) {
            check(&steps);
        }
    }

    #[test]
    fn a_large_bag_is_emptied_from_both_ends() {
        let (mut bag, _) = Bag::one(0_u64);
        for number in 1..40_000 {
            let (more, ticket) = bag.with(number);
            assert_eq!(ticket, number);
            bag = more;
        }
        assert_eq!(bag.iter().copied().collect::<Vec<_>>(), (0..40_000).collect::<Vec<_>>());
        for number in 0..19_999 {
            bag = bag.without(number).expect("others are there").without(39_999 - number).expect("others are there");
        }
        assert_eq!(bag.iter().copied().collect::<Vec<_>>(), [19_999, 20_000]);
        assert!(bag.without(20_000).and_then(|bag| bag.without(19_999)).is_none());
    }
}
