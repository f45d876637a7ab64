//! Markers in front of values: those of the format, and the types of the extensions that are ours.

pub(super) const NIL: u8 = 0xc0;
pub(super) const FALSE: u8 = 0xc2;
pub(super) const TRUE: u8 = 0xc3;

/// `Some` of something that is written as nil; the byte behind it says how many of them are around the nil.
pub(super) const SOME: u8 = 1;
/// A list of numbers that are bytes.
pub(super) const BYTES: u8 = 2;
/// An integer below all of 64 bits.
pub(super) const SIGNED: u8 = 3;
/// An integer above all of 64 bits.
pub(super) const UNSIGNED: u8 = 4;

/// Text that is a uuid.
pub(super) const UUID: u8 = 5;

/// Addresses, uuids and the like are written as text. Tagged, untagged and flattened types are decoded from a buffer of
/// serde's, which always asks for text, whatever the format is: a format that is not for people writes what
/// those cannot read.
pub(super) const HUMAN_READABLE: bool = true;

/// How many `Some` are followed.
pub(super) const MAX_SOMES: u8 = 64;

/// The markers of something that has a length: within the marker up to so many, then with 1, 2 and 4 bytes behind it.
pub(super) struct Sized {
    fixed: Option<(u8, usize)>,
    one: Option<u8>,
    two: u8,
    four: u8,
}

pub(super) const TEXT: Sized =
    Sized { fixed: Some((0xa0, 31)), one: Some(0xd9), two: 0xda, four: 0xdb };
pub(super) const BINARY: Sized = Sized { fixed: None, one: Some(0xc4), two: 0xc5, four: 0xc6 };
pub(super) const EXTENSION: Sized = Sized { fixed: None, one: Some(0xc7), two: 0xc8, four: 0xc9 };
pub(super) const ARRAY: Sized = Sized { fixed: Some((0x90, 15)), one: None, two: 0xdc, four: 0xdd };
pub(super) const MAP: Sized = Sized { fixed: Some((0x80, 15)), one: None, two: 0xde, four: 0xdf };

/// A marker and a length.
pub(super) struct Head {
    bytes: [u8; 5],
    len: usize,
}

impl Head {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Sized {
    /// The head of so many; `None` if the format has none.
    pub(super) fn head(&self, length: usize) -> Option<Head> {
        let [.., c, d, e, f] = u32::try_from(length).ok()?.to_be_bytes();
        let fixed = self.fixed.filter(|(_, most)| length <= *most);
        let (bytes, len) = match (fixed, self.one) {
            (Some((fixed, _)), _) => ([fixed | f, 0, 0, 0, 0], 1),
            (None, Some(one)) if length <= 0xff => ([one, f, 0, 0, 0], 2),
            _ if length <= 0xffff => ([self.two, e, f, 0, 0], 3),
            _ => ([self.four, c, d, e, f], 5),
        };
        Some(Head { bytes, len })
    }
}
