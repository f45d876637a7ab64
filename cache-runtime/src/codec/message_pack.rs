//! `MessagePack` with named fields: a struct that gained, lost or reordered a field still decodes, where the
//! compact formats decode a reordered one as garbage, silently.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Nesting that a decoder follows before it gives up: deeper input overflows a worker's stack.
const MAX_DEPTH: usize = 128;

/// Encodes a value; `None` if it refuses to be.
pub(crate) fn encode<V: Serialize>(value: &V) -> Option<Vec<u8>> {
    rmp_serde::to_vec_named(value).ok()
}

/// Decodes a value; never panics, whatever the bytes are.
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Option<V> {
    if is_one_value(bytes) { rmp_serde::from_slice(bytes).ok() } else { None }
}

/// Whether the bytes are one value, whole, not nested too deep, and nothing behind it.
///
/// The decoder's own limit does not count the nesting of enums, and it stops at the end of the first value. What
/// passes here has every element that a length promises, so nothing is allocated for a promise alone.
fn is_one_value(mut bytes: &[u8]) -> bool {
    // how many values are still to come at each level
    let mut open = [0u64; MAX_DEPTH + 1];
    open[0] = 1;
    let mut depth = 0;
    loop {
        while open[depth] == 0 {
            let Some(outer) = depth.checked_sub(1) else { return bytes.is_empty() };
            depth = outer;
        }
        open[depth] -= 1;
        let Some(inner) = skip_head(&mut bytes) else { return false };
        if inner > 0 {
            depth += 1;
            let Some(level) = open.get_mut(depth) else { return false };
            *level = inner;
        }
    }
}

/// Skips a scalar, or the head of a container; how many values the container holds.
fn skip_head(bytes: &mut &[u8]) -> Option<u64> {
    let marker = number(bytes, 1)?;
    let (inner, length) = match marker {
        0x80..=0x8f => (2 * (marker & 0x0f), 0),
        0x90..=0x9f => (marker & 0x0f, 0),
        0xa0..=0xbf => (0, marker & 0x1f),
        0xc1 => return None,
        // bytes and text
        0xc4 | 0xd9 => (0, number(bytes, 1)?),
        0xc5 | 0xda => (0, number(bytes, 2)?),
        0xc6 | 0xdb => (0, number(bytes, 4)?),
        // extensions, which have one more byte for their type
        0xc7 => (0, number(bytes, 1)? + 1),
        0xc8 => (0, number(bytes, 2)? + 1),
        0xc9 => (0, number(bytes, 4)? + 1),
        0xd4..=0xd8 => (0, (1 << (marker - 0xd4)) + 1),
        // numbers
        0xcc | 0xd0 => (0, 1),
        0xcd | 0xd1 => (0, 2),
        0xca | 0xce | 0xd2 => (0, 4),
        0xcb | 0xcf | 0xd3 => (0, 8),
        0xdc => (number(bytes, 2)?, 0),
        0xdd => (number(bytes, 4)?, 0),
        0xde => (2 * number(bytes, 2)?, 0),
        0xdf => (2 * number(bytes, 4)?, 0),
        _ => (0, 0),
    };
    *bytes = bytes.get(usize::try_from(length).ok()?..)?;
    Some(inner)
}

/// Takes a number of so many bytes off the front.
fn number(bytes: &mut &[u8], width: usize) -> Option<u64> {
    let (number, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    Some(number.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    /// One of everything that the format has.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        unsigned: Vec<u64>,
        signed: Vec<i64>,
        floats: (f32, f64),
        wide: u128,
        text: Vec<String>,
        map: BTreeMap<String, Option<bool>>,
        shape: Vec<Shape>,
        unit: (),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(u32),
        Line(i8, i8),
        Text { lines: Vec<String> },
        Not(Box<Shape>),
    }

    fn everything() -> Everything {
        let numbers = (0..64).map(|bits| 1u64 << bits);
        Everything {
            unsigned: numbers.clone().collect(),
            signed: numbers.map(|number| number.cast_signed().wrapping_neg()).collect(),
            floats: (0.1, -0.1),
            wide: u128::MAX,
            text: [0, 31, 32, 255, 256, 70_000].map(|length| "x".repeat(length)).into(),
            map: (0..20).map(|n| (n.to_string(), (n > 3).then_some(n > 9))).collect(),
            shape: vec![
                Shape::Point,
                Shape::Circle(7),
                Shape::Line(-1, 1),
                Shape::Text { lines: vec![String::new(); 70_000] },
                Shape::Not(Box::new(Shape::Point)),
            ],
            unit: (),
        }
    }

    #[test]
    fn a_value_survives_its_encoding() {
        let bytes = encode(&everything()).unwrap();
        assert_eq!(decode(&bytes), Some(everything()));
    }

    #[test]
    fn bytes_nested_too_deep_are_refused_and_do_not_overflow() {
        #[derive(Debug, Deserialize)]
        struct Nest {
            _inner: Option<Box<Nest>>,
        }
        assert!(decode::<Nest>(&vec![0x91; 100_000]).is_none());
        // `{"Not": {"Not": ...`, which the decoder's own limit does not see
        let nested = |times: usize| [b"\x81\xa3Not".repeat(times), b"\xa5Point".to_vec()].concat();
        assert!(decode::<Shape>(&nested(MAX_DEPTH)).is_some());
        assert!(decode::<Shape>(&nested(MAX_DEPTH + 1)).is_none());
        assert!(decode::<Shape>(&nested(100_000)).is_none());
    }

    #[test]
    fn what_is_cut_short_or_has_something_behind_it_is_refused() {
        let bytes = encode(&(7u8, "ada", Some([1u16; 3]))).unwrap();
        for end in 0..bytes.len() {
            assert!(!is_one_value(&bytes[..end]));
        }
        assert!(is_one_value(&bytes));
        assert!(decode::<(u8, String, Option<[u16; 3]>)>(&[&bytes[..], &[0]].concat()).is_none());
    }

    #[test]
    fn a_length_that_only_promises_is_refused_before_anything_is_allocated() {
        assert!(decode::<Vec<[u64; 32]>>(b"\xdd\xff\xff\xff\xff\x01").is_none());
        assert!(decode::<String>(b"\xdb\xff\xff\xff\xffx").is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_decoded_without_a_panic(bytes: Vec<u8>) {
            let _ = decode::<Everything>(&bytes);
            let _ = decode::<Shape>(&bytes);
            let _ = decode::<BTreeMap<String, Vec<Option<f64>>>>(&bytes);
        }

        #[test]
        fn bytes_that_were_changed_are_decoded_without_a_panic(at: prop::sample::Index, byte: u8) {
            let mut bytes = encode(&(7u8, "ada", Some([1u16; 3]), Shape::Line(1, 2))).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = decode::<(u8, String, Option<[u16; 3]>, Shape)>(&bytes);
        }
    }
}
