//! Which type values are of, as a number: bytes of another one are not decoded.
//!
//! It is made of the type's full name. No code of the type is run for it, because a `Deserialize` may panic at a value
//! that was not meant for it, and a panic may end the program. What the type looks like is told by the digest of each
//! value.

use std::any::type_name;

use super::digest::{folded, named};

/// A number for the types of one name; never zero.
///
/// It is stored beside every value: a change of how it is computed empties the caches.
pub(crate) fn fingerprint<V>(version: u32) -> u32 {
    folded(named(version.into(), type_name::<V>()))
}

/// The number of a type whose entries carry tags of these shapes, in this order; that of the type if there are none.
pub(crate) fn with_tags(fingerprint: u32, shapes: &[String]) -> u32 {
    shapes.iter().fold(fingerprint, |number, shape| folded(named(number.into(), shape)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    mod posts {
        pub(super) struct Page<T>(T);
    }

    mod users {
        pub(super) struct Page<T>(T);
    }

    #[test]
    fn types_are_told_apart_by_where_they_are_and_by_what_they_are_made_of() {
        let found = [
            fingerprint::<String>(1),
            fingerprint::<Vec<String>>(1),
            fingerprint::<Vec<u8>>(1),
            fingerprint::<users::Page<u8>>(1),
            fingerprint::<users::Page<u16>>(1),
            fingerprint::<posts::Page<u8>>(1),
        ];
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len());
    }

    #[test]
    fn the_version_counts_and_the_number_is_never_zero() {
        let found: HashSet<u32> = (0..1_000).map(fingerprint::<String>).collect();
        assert_eq!(found.len(), 1_000);
        assert!(!found.contains(&0));
    }

    #[test]
    fn the_shapes_of_tags_count_in_their_order() {
        let with = |shapes: &[&str]| {
            with_tags(7, &shapes.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let found = [with(&[]), with(&["a"]), with(&["b"]), with(&["a", "b"]), with(&["b", "a"])];
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len());
        assert_eq!(found[0], 7);
    }
}
