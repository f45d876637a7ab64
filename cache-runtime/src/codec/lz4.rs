//! LZ4 in its block format, with the length of what was compressed in front.

/// What is shorter is not compressed: that costs more time than the bytes do.
const SHORTEST: usize = 4096;

/// How many bytes one byte of a block stands for at most.
const MAX_RATIO: usize = 255;

/// Compresses; `None` where that does not save a tenth.
pub(super) fn compress(plain: &[u8]) -> Option<Vec<u8>> {
    if plain.len() <= SHORTEST {
        return None;
    }
    let length = u32::try_from(plain.len()).ok()?;
    let block = lz4_flex::block::compress(plain);
    let compressed = [&length.to_be_bytes(), &block[..]].concat();
    (compressed.len() <= plain.len() - plain.len() / 10).then_some(compressed)
}

/// Decompresses; `None` if the bytes are no block, or of more than `max` bytes, for which nothing is allocated.
pub(super) fn decompress(compressed: &[u8], max: usize) -> Option<Vec<u8>> {
    let (length, block) = compressed.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if length > max || length > block.len().saturating_mul(MAX_RATIO) {
        return None;
    }
    let mut plain = vec![0; length];
    let written = lz4_flex::block::decompress_into(block, &mut plain).ok()?;
    (written == length).then_some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes without a pattern.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7u32;
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(step).collect()
    }

    #[test]
    fn what_is_compressed_comes_back() {
        let plain = b"the same line again and again\n".repeat(1_000);
        let compressed = compress(&plain).unwrap();
        assert!(compressed.len() < plain.len() / 10);
        assert_eq!(decompress(&compressed, plain.len()), Some(plain));
    }

    #[test]
    fn what_is_short_or_saves_too_little_stays_as_it_is() {
        assert_eq!(compress(&[0; SHORTEST]), None);
        assert!(compress(&[0; SHORTEST + 1]).is_some());
        assert_eq!(compress(&noise(100_000)), None);
        // a twentieth of it can be saved
        assert_eq!(compress(&[noise(95_000), vec![0; 5_000]].concat()), None);
        assert!(compress(&[noise(85_000), vec![0; 15_000]].concat()).is_some());
    }

    #[test]
    fn more_than_is_allowed_is_refused() {
        let compressed = compress(&[0; 10_000]).unwrap();
        assert!(decompress(&compressed, 10_000).is_some());
        assert_eq!(decompress(&compressed, 9_999), None);
    }

    #[test]
    fn a_length_that_the_block_cannot_have_is_refused() {
        let compressed = compress(&[0; 10_000]).unwrap();
        for length in [0, 9_999, 10_001, 4_000_000_000u32] {
            let bomb = [&length.to_be_bytes(), &compressed[4..]].concat();
            assert_eq!(decompress(&bomb, usize::MAX), None, "{length}");
        }
        assert_eq!(decompress(b"", 10), None);
        assert_eq!(decompress(&[0, 0, 0], 10), None);
        assert_eq!(decompress(&[0, 0, 0, 0], 10), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_decompressed_without_a_panic(length in 0u32..5_000, block: Vec<u8>) {
            let _ = decompress(&[&length.to_be_bytes(), &block[..]].concat(), 4_000);
        }

        #[test]
        fn bytes_that_were_changed_are_decompressed_without_a_panic(
            at: prop::sample::Index,
            byte: u8,
        ) {
            let mut compressed = compress(&b"0123456789abcdef-".repeat(300)).unwrap();
            let at = at.index(compressed.len());
            compressed[at] = byte;
            let _ = decompress(&compressed, 10_000);
        }
    }
}
