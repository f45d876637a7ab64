//! The numbers that digests and fingerprints are made of. They are stored: a change empties the caches.

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Takes one more number in: the order counts.
#[inline]
pub(super) fn mixed(hash: u64, number: u64) -> u64 {
    // not `hash ^ number`, in which a key and its value could change places
    let mixed = (hash.rotate_left(17).wrapping_add(MULTIPLIER) ^ number).wrapping_mul(MULTIPLIER);
    (mixed ^ (mixed >> 32)).wrapping_mul(MULTIPLIER).rotate_left(23)
}

/// Takes bytes in, and how many they are.
pub(super) fn over(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let step = |hash: u64, word: &[u8; 8]| {
        (hash ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER).rotate_left(29)
    };
    let hash = words.iter().fold(mixed(hash, bytes.len() as u64), step);
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(last, byte)| *last = *byte);
    mixed(hash, u64::from_le_bytes(last))
}

/// Takes a name in.
pub(in super::super) fn named(hash: u64, name: &str) -> u64 {
    over(hash, name.as_bytes())
}

/// Half of a hash; never zero.
pub(in super::super) fn folded(hash: u64) -> u32 {
    let folded = (hash >> 32) ^ (hash & u64::from(u32::MAX));
    u32::try_from(folded).unwrap_or(u32::MAX).max(1)
}
