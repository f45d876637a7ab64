//! Records: the bytes under the name of an entry.

use std::time::Duration;

use crate::clock::millis;
use crate::store::envelope::{Envelope, Format, Versions};
use crate::token::Token;

const HEADER: usize = 64;
const MAGIC: u8 = 0xC5;
const MAX_VERSIONS: usize = u8::MAX as usize;

/// A record, parsed: what is under the name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record<'b> {
    /// A value, and who holds the entry beside it.
    Value(Value<'b>),
    /// The lease of a load, without a value.
    Lease(Hold),
    /// The guards of writers, without a value.
    Guards(Guards),
}

/// A value under the name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value<'b> {
    /// The format of the payload.
    pub format: Format,
    /// The token of the load or write that stored it.
    pub id: Token,
    /// The lease of a load that is under way; that of [`Token::NOBODY`] after one that failed.
    pub lease: Option<Hold>,
    /// The guard of a write that is under way.
    pub guard: Option<Hold>,
    /// The versions as they were before its load or write.
    pub versions: Versions,
    /// When its load or write began, in milliseconds of the server's clock.
    pub created: u64,
    /// How long it is served without question, counted from then; until it was marked stale, if it was.
    pub fresh: Duration,
    /// How long after that it may be served as a stale value.
    pub window: Duration,
    /// How long its load took.
    pub cost: Duration,
    /// The digest of the value, and its encoding; nothing for a stored `None`.
    pub payload: &'b [u8],
}

/// A hold on an entry: the lease of a load, or the guard of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// The token of the load or write.
    pub token: Token,
    /// When it ends, in milliseconds of the server's clock.
    pub until: u64,
}

/// The guards of writers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guards {
    /// The writers, at least one: in the order in which they began, those of too many as one.
    pub writers: Vec<Hold>,
    /// They store nothing when they end: they overlapped, or the entry was invalidated.
    pub dirty: bool,
}

impl<'b> Record<'b> {
    /// Parses what is under the name of an entry; `None` if no store of this kind has put it there.
    ///
    /// Anyone may have written the bytes: every length is checked before it is used, and what does not add up is foreign.
    #[must_use]
    pub fn parse(bytes: &'b [u8]) -> Option<Self> {
        let (header, rest): (&Header, _) = bytes.split_first_chunk()?;
        match header {
            [MAGIC, b'V', ..] => value(header, rest).map(Self::Value),
            [MAGIC, b'L', ..] => hold(header).map(Self::Lease),
            [MAGIC, b'W', ..] => guards(header, rest).map(Self::Guards),
            _ => None,
        }
    }
}

/// Parses the version of a tag, or the epoch; `None` for what is no version.
#[must_use]
pub fn version(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

type Header = [u8; HEADER];

fn value<'b>(header: &Header, rest: &'b [u8]) -> Option<Value<'b>> {
    let (lease, guard) = match header[32] {
        0 => (None, None),
        b'R' => (hold(header), None),
        b'W' => (None, hold(header)),
        _ => return None,
    };
    let count = usize::from(header[33]);
    let (versions, _) = rest.get(..8 * count)?.as_chunks();
    let mut versions = versions.iter().copied().map(u64::from_be_bytes);
    let versions = Versions { epoch: versions.next()?, tags: versions.collect() };
    let payload_at = usize::from(u16::from_be_bytes(field(header, 34))).checked_sub(HEADER)?;
    let payload = rest.get(payload_at..)?;
    let length = usize::try_from(u32_at(header, 36)).ok()?;
    if payload_at < 8 * count || payload.len() != length {
        return None;
    }
    Some(Value {
        format: Format {
            codec: header[2],
            flags: header[3] & 0x0F,
            fingerprint: u32_at(header, 4),
        },
        id: Token::from_bits(u64_at(header, 8))?,
        lease,
        guard,
        versions,
        created: u64_at(header, 40),
        fresh: Duration::from_millis(u64_at(header, 48)),
        window: Duration::from_secs(u32_at(header, 60).into()),
        cost: Duration::from_micros(u32_at(header, 56).into()),
        payload,
    })
}

/// The lease or guard that stands in the header.
fn hold(header: &Header) -> Option<Hold> {
    Some(Hold { token: Token::from_bits(u64_at(header, 16))?, until: u64_at(header, 24) })
}

fn guards(header: &Header, rest: &[u8]) -> Option<Guards> {
    let (pairs, _) = rest.as_chunks::<16>();
    let writer = |pair: &[u8; 16]| {
        let pair = u128::from_be_bytes(*pair);
        let (token, until) = (u64::try_from(pair >> 64).ok()?, pair & u128::from(u64::MAX));
        Some(Hold { token: Token::from_bits(token)?, until: u64::try_from(until).ok()? })
    };
    let writers: Vec<_> = pairs.iter().map(writer).collect::<Option<_>>()?;
    (!writers.is_empty()).then_some(Guards { writers, dirty: header[3] != 0 })
}

/// The bytes of a value that was loaded or written under a token; `None` if it has more tags or bytes than can be told.
pub(crate) fn encode(value: &Envelope, token: Token, now: u64) -> Option<Vec<u8>> {
    let Envelope { bytes, format, versions, fresh, ttl, age, cost, .. } = value;
    let count = Some(versions.tags.len() + 1).filter(|count| *count <= MAX_VERSIONS)?;
    let payload_at = HEADER + 8 * count;
    let window = ttl.saturating_sub(*fresh).as_millis().div_ceil(1_000);

    let mut out = Vec::with_capacity(payload_at + bytes.len());
    out.extend([MAGIC, b'V', format.codec, format.flags & 0x0F]);
    out.extend(format.fingerprint.to_be_bytes());
    out.extend(token.to_bits().to_be_bytes());
    // No lease: its token, its deadline, its kind.
    out.extend([0; 17]);
    out.push(u8::try_from(count).ok()?);
    out.extend(u16::try_from(payload_at).ok()?.to_be_bytes());
    out.extend(u32::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend(now.saturating_sub(millis(*age)).to_be_bytes());
    out.extend(millis(fresh.saturating_add(*age)).to_be_bytes());
    out.extend(u32::try_from(cost.as_micros()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(u32::try_from(window).unwrap_or(u32::MAX).to_be_bytes());
    for version in [versions.epoch].iter().chain(&versions.tags) {
        out.extend(version.to_be_bytes());
    }
    out.extend(bytes);
    Some(out)
}

fn u32_at(header: &Header, at: usize) -> u32 {
    u32::from_be_bytes(field(header, at))
}

fn u64_at(header: &Header, at: usize) -> u64 {
    u64::from_be_bytes(field(header, at))
}

fn field<const N: usize>(header: &Header, at: usize) -> [u8; N] {
    std::array::from_fn(|byte| header[at + byte])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 0x0102_0304_0506;

    fn token(bits: u64) -> Token {
        Token::from_bits(bits).unwrap()
    }

    fn sample() -> Envelope {
        let (format, versions) =
            (Format::new(1, 9, 0xDEAD_BEEF), Versions::new(0xE0, vec![0xA1, 0xA2]));
        Envelope {
            age: Duration::from_millis(6),
            cost: Duration::from_micros(0x0C05),
            ..Envelope::new(
                b"value".to_vec(),
                format,
                versions,
                Duration::from_secs(60),
                Duration::from_millis(61_500),
            )
        }
    }

    #[rustfmt::skip]
    const GOLDEN: [u8; 93] = [
        0xC5, b'V', 1, 9,   0xDE, 0xAD, 0xBE, 0xEF,   0, 0, 0, 0, 0, 0, 0, 0x1D,
        0, 0, 0, 0, 0, 0, 0, 0,   0, 0, 0, 0, 0, 0, 0, 0,
        0, 3,   0, 88,   0, 0, 0, 5,   0, 0, 1, 2, 3, 4, 5, 0,
        0, 0, 0, 0, 0, 0, 0xEA, 0x66,   0, 0, 0x0C, 0x05,   0, 0, 0, 2,
        0, 0, 0, 0, 0, 0, 0, 0xE0,   0, 0, 0, 0, 0, 0, 0, 0xA1,   0, 0, 0, 0, 0, 0, 0, 0xA2,
        b'v', b'a', b'l', b'u', b'e',
    ];

    #[test]
    fn the_bytes_are_these() {
        assert_eq!(encode(&sample(), token(0x1D), NOW).unwrap(), GOLDEN);
    }

    #[test]
    fn a_value_is_parsed_with_all_that_stands_beside_it() {
        let mut bytes = GOLDEN;
        let mut expected = Value {
            format: Format::new(1, 9, 0xDEAD_BEEF),
            id: token(0x1D),
            lease: None,
            guard: None,
            versions: Versions::new(0xE0, vec![0xA1, 0xA2]),
            created: NOW - 6,
            fresh: Duration::from_millis(60_006),
            window: Duration::from_secs(2),
            cost: Duration::from_micros(0x0C05),
            payload: b"value",
        };
        assert_eq!(Record::parse(&bytes), Some(Record::Value(expected.clone())));
        (bytes[23], bytes[31], bytes[32]) = (5, 9, b'R');
        expected.lease = Some(Hold { token: token(5), until: 9 });
        assert_eq!(Record::parse(&bytes), Some(Record::Value(expected.clone())));
        bytes[32] = b'W';
        (expected.guard, expected.lease) = (expected.lease, None);
        assert_eq!(Record::parse(&bytes), Some(Record::Value(expected)));
        bytes[32] = b'X';
        assert_eq!(Record::parse(&bytes), None);
    }

    #[test]
    fn leases_and_guards_are_told_apart() {
        let mut bytes = vec![0; HEADER];
        (bytes[0], bytes[1], bytes[23], bytes[31], bytes[32]) = (MAGIC, b'L', 5, 9, b'R');
        let (five, three) =
            (Hold { token: token(5), until: 9 }, Hold { token: token(3), until: 8 });
        assert_eq!(Record::parse(&bytes), Some(Record::Lease(five)));
        bytes[1] = b'W';
        assert_eq!(Record::parse(&bytes), None, "there is no guard without a writer");
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 8]);
        let clean = Guards { writers: vec![five, three], dirty: false };
        assert_eq!(Record::parse(&bytes), Some(Record::Guards(clean.clone())));
        bytes[3] = 1;
        assert_eq!(Record::parse(&bytes), Some(Record::Guards(Guards { dirty: true, ..clean })));
        bytes[1] = b'X';
        assert_eq!(Record::parse(&bytes), None);
    }

    #[test]
    fn a_version_is_eight_bytes() {
        assert_eq!(version(&[0, 0, 0, 0, 0, 0, 1, 2]), Some(258));
        assert_eq!((version(b"seven"), version(b"versions!"), version(b"")), (None, None, None));
    }

    #[test]
    fn a_value_with_too_many_tags_is_not_encoded() {
        let with = |tags| Envelope { versions: Versions::new(1, vec![1; tags]), ..sample() };
        assert!(encode(&with(254), token(1), NOW).is_some());
        assert!(encode(&with(255), token(1), NOW).is_none());
    }

    #[test]
    fn bytes_that_are_missing_or_too_many_are_foreign() {
        for length in 0..GOLDEN.len() {
            assert_eq!(Record::parse(&GOLDEN[..length]), None, "{length}");
        }
        assert_eq!(Record::parse(&[&GOLDEN[..], &[0]].concat()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_endured(mut bytes: Vec<u8>, kind: u8) {
            let _ = Record::parse(&bytes);
            // Past the first check, too.
            bytes.splice(..bytes.len().min(2), [MAGIC, [b'V', b'L', b'W'][usize::from(kind) % 3]]);
            bytes.resize(bytes.len().max(HEADER + 8), 0);
            if let Some(Record::Value(value)) = Record::parse(&bytes) {
                prop_assert!(value.payload.len() <= bytes.len() - HEADER);
            }
        }

        #[test]
        fn a_changed_byte_never_changes_how_much_is_served(at: prop::sample::Index, to: u8) {
            let mut bytes = GOLDEN;
            bytes[at.index(GOLDEN.len())] = to;
            if let Some(Record::Value(value)) = Record::parse(&bytes)
                && value.versions == sample().versions
            {
                prop_assert_eq!(value.payload.len(), sample().bytes.len());
            }
        }
    }
}
