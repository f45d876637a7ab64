//! Uuids, which a type that is asked for text writes with 36 letters.
//!
//! The lower-case form with hyphens of RFC 9562 is the one that the `uuid` crate writes. It is told from other text by
//! its letters, whatever the type is, and comes back as the same text.

/// The number of letters.
const LETTERS: usize = 36;

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a text that is a uuid in the one form that comes back as it was.
pub(super) fn encoded(text: &str) -> Option<[u8; 16]> {
    let letters: &[u8; LETTERS] = text.as_bytes().try_into().ok()?;
    if HYPHENS.iter().any(|&at| letters.get(at) != Some(&b'-')) {
        return None;
    }
    let mut digits = letters.iter().enumerate().filter(|(at, _)| !HYPHENS.contains(at));
    let mut digit = || digits.next().and_then(|(_, &letter)| value(letter));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = digit()? << 4 | digit()?;
    }
    Some(bytes)
}

/// What [`encoded`] took in.
pub(super) fn decoded(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(LETTERS);
    for byte in bytes {
        if HYPHENS.contains(&text.len()) {
            text.push('-');
        }
        text.push(letter(byte >> 4));
        text.push(letter(byte & 0x0f));
    }
    text
}

fn value(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

fn letter(digit: u8) -> char {
    char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 })
}
