//! Looks over bytes before they are decoded.

use super::super::depth;

/// How deep the bytes are nested; `None` if they are not one value, whole, not nested too deep, and nothing behind it.
///
/// What passes here has every element that a length promises, so nothing is allocated for a promise alone.
pub(super) fn depth_of_one_value(mut bytes: &[u8]) -> Option<usize> {
    // how many values are still to come at each level
    let mut open = [0u64; depth::MAX + 1];
    open[0] = 1;
    let (mut depth, mut deepest) = (0, 0);
    loop {
        while open[depth] == 0 {
            let Some(outer) = depth.checked_sub(1) else {
                return bytes.is_empty().then_some(deepest);
            };
            depth = outer;
        }
        open[depth] -= 1;
        let inner = skip_head(&mut bytes)?;
        if inner > 0 {
            depth += 1;
            *open.get_mut(depth)? = inner;
            deepest = deepest.max(depth);
        }
    }
}

/// Skips one value, of bytes that were looked over before.
pub(super) fn skip_value(bytes: &mut &[u8]) -> Option<()> {
    let mut left = 1u64;
    while left > 0 {
        left = (left - 1).checked_add(skip_head(bytes)?)?;
    }
    Some(())
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
