//! The characters that stand in a key as they are.

/// Whether text with this byte may be kept as it stands, without a look at the characters.
#[inline]
pub(super) const fn is_plain(byte: u8) -> bool {
    PLAIN[byte as usize]
}

/// What the control characters outside of ASCII begin with, and a few more.
const LEADS_TO_CONTROLS: u8 = 0xC2;

/// A look-up per byte is half the work of the comparisons.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut at = 0;
    while at < plain.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 256 of them")]
        let byte = at as u8;
        plain[at] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'@' | b'+')
            || !byte.is_ascii() && byte != LEADS_TO_CONTROLS;
        at += 1;
    }
    plain
};
