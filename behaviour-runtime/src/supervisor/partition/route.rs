//! Where a key leads among partitions.
//!
//! Whether a key is a number is seen from how it hashes itself: a number, or a type around one, writes just that. Its
//! value counts then, so that keys 0, 1, 2 lead to partitions 0, 1, 2; everything else is hashed.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The partition of a key; none if there are no partitions. The same key leads to the same one in each run of a program.
pub(super) fn route<K: Hash + ?Sized>(key: &K, partitions: usize) -> Option<usize> {
    let mut router = Router { number: None, writes: 0, hasher: DefaultHasher::new() };
    key.hash(&mut router);
    let value = match router {
        Router { number: Some(number), writes: 1, .. } => number,
        Router { hasher, .. } => hasher.finish().into(),
    };
    usize::try_from(value.checked_rem(partitions as u128)?).ok()
}

/// Looks at what a key writes.
struct Router {
    /// The last number that was written, without its sign.
    number: Option<u128>,
    writes: usize,
    hasher: DefaultHasher,
}

macro_rules! numbers {
    ($($write:ident($type:ty) $value:expr;)*) => {$(
        fn $write(&mut self, number: $type) {
            let value: fn($type) -> u128 = $value;
            self.number = Some(value(number));
            self.writes += 1;
            self.hasher.$write(number);
        }
    )*};
}

impl Hasher for Router {
    fn write(&mut self, bytes: &[u8]) {
        self.number = None;
        self.writes += 1;
        self.hasher.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.hasher.finish()
    }

    numbers! {
        write_u8(u8) u128::from;
        write_u16(u16) u128::from;
        write_u32(u32) u128::from;
        write_u64(u64) u128::from;
        write_u128(u128) |number| number;
        write_usize(usize) |number| number as u128;
        write_i8(i8) |number| number.unsigned_abs().into();
        write_i16(i16) |number| number.unsigned_abs().into();
        write_i32(i32) |number| number.unsigned_abs().into();
        write_i64(i64) |number| number.unsigned_abs().into();
        write_i128(i128) i128::unsigned_abs;
        write_isize(isize) |number| number.unsigned_abs() as u128;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

    use super::route;

    // XPS-05
    #[test]
    fn a_number_leads_to_its_absolute_value() {
        for (number, partition) in [(0, 0), (1, 1), (2, 2), (3, 0), (-1, 1), (-3, 0), (i64::MIN, 2)] {
            assert_eq!(route(&number, 3), Some(partition), "{number}");
        }
        assert_eq!(route(&u128::MAX, 10), Some(5));
        assert_eq!(route(&-128_i8, 100), Some(28));
        assert_eq!(route(&7, 0), None);
        assert_eq!(route("seven", 0), None);
    }

    #[derive(Hash)]
    struct Id(u64);

    #[test]
    fn a_type_around_a_number_is_one() {
        assert_eq!(route(&Id(7), 4), Some(3));
        assert_eq!(route(&&&Box::new(Id(7)), 4), Some(3));
    }

    #[test]
    fn other_keys_are_spread() {
        let texts: HashSet<_> = (0..100).map(|n| route(&format!("key {n}"), 4)).collect();
        let pairs: HashSet<_> = (0..100).map(|n| route(&(0, n), 4)).collect();
        let lists: HashSet<_> = (0..100_u8).map(|n| route(&[n][..], 4)).collect();
        assert_eq!((texts.len(), pairs.len(), lists.len()), (4, 4, 4));
        assert_eq!(route("otter", 4), route(&String::from("otter"), 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_key_leads_to_a_partition_that_is_there(
            text in any::<String>(),
            number in any::<i128>(),
            partitions in 1_usize..20,
        ) {
            prop_assert!(route(&text, partitions).is_some_and(|partition| partition < partitions));
            prop_assert_eq!(route(text.as_str(), partitions), route(&text, partitions));
            let expected = usize::try_from(number.unsigned_abs() % partitions as u128).unwrap();
            prop_assert_eq!(route(&number, partitions), Some(expected));
        }
    }
}
