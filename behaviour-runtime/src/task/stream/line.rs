//! Which result of a stream is next, as plain data.

use std::collections::VecDeque;

/// Results that wait to be told.
#[derive(Debug)]
pub(super) struct Line<R> {
    ordered: bool,
    /// In order, this is the number of the first one.
    first: usize,
    results: VecDeque<Option<R>>,
}

impl<R> Line<R> {
    /// In the order of their numbers, which begin at 0, or as they come.
    pub(super) fn new(ordered: bool) -> Self {
        Self { ordered, first: 0, results: VecDeque::new() }
    }

    /// Takes a result in. No two have the same number.
    pub(super) fn push(&mut self, number: usize, result: R) {
        if !self.ordered {
            self.results.push_back(Some(result));
            return;
        }
        let place = number - self.first;
        if self.results.len() <= place {
            self.results.resize_with(place + 1, || None);
        }
        self.results[place] = Some(result);
    }

    /// The result that is to be told next, if it is there.
    pub(super) fn pop(&mut self) -> Option<R> {
        let result = self.results.front_mut()?.take()?;
        self.results.pop_front();
        self.first += 1;
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, ProptestConfig, Strategy as _, any, prop, prop_assert, prop_assert_eq, proptest};

    use super::Line;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Results come in any order, and are asked for at any time, as often as one likes.
        #[test]
        fn a_line_tells_all_results_in_order_or_as_they_came(
            (numbers, asked) in (0_usize..40).prop_flat_map(|count| {
                let numbers = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
                (numbers, prop::collection::vec(0_usize..4, count))
            }),
            ordered in any::<bool>(),
        ) {
            let (mut line, mut told, mut came) = (Line::new(ordered), Vec::new(), Vec::new());
            for (number, asked) in numbers.iter().zip(asked) {
                line.push(*number, *number);
                came.push(*number);
                told.extend((0..asked).map_while(|_| line.pop()));
                prop_assert!(told.iter().all(|told| came.contains(told)));
            }
            told.extend(std::iter::from_fn(|| line.pop()));
            let expected = if ordered { (0..numbers.len()).collect() } else { numbers };
            prop_assert_eq!(told, expected);
        }
    }
}
