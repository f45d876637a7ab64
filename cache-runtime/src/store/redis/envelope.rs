//! What lies under the key of an entry: a header of 64 bytes, the versions, the value.
//!
//! ```text
//!  0 u8  0xC5                 1 u8  'V' value | 'L' lease | 'W' guard     2 u8  codec     3 u8  flags, or 1: dirty
//!  4 u32 fingerprint          8 u64 id               16 u64 lease token  24 u64 lease deadline
//! 32 u8  0 | 'R' | 'W'       33 u8  versions        34 u16 payload offset            36 u32 payload length
//! 40 u64 created             48 u64 fresh time      56 u32 cost in us   60 u32 stale window in s, rounded up
//! 64 u64 each: the epoch, the tags; then the payload
//! ```
//!
//! Big-endian; times in milliseconds of the server's clock. Anyone may have written the bytes: every length is checked
//! before it is used, and what does not add up is foreign.

use std::time::Duration;

use crate::clock::millis;
use crate::store::{Envelope, Format, Found, Versions};
use crate::token::Token;

const HEADER: usize = 64;
const MAGIC: u8 = 0xC5;
const MAX_VERSIONS: usize = u8::MAX as usize;

/// What was found under a key, as far as the record itself tells.
#[derive(Debug)]
pub(super) enum Record {
    Value(Envelope),
    Lease {
        token: Token,
        until: u64,
    },
    /// With the token of its first writer.
    Guard(Token),
    Foreign,
}

impl Record {
    /// Reads what is under a key at a time of the server's clock.
    pub(super) fn decode(bytes: Vec<u8>, now: u64) -> Self {
        parse(bytes, now).unwrap_or(Self::Foreign)
    }

    /// Holds the record against the current versions.
    pub(super) fn judge(self, current: &Versions, now: u64) -> Found {
        match self {
            Self::Value(value) if !value.versions.hold(current) => Found::Dead(value),
            Self::Value(value) if value.fresh.is_zero() => Found::Stale(value),
            Self::Value(value) => Found::Fresh(value),
            Self::Lease { token, until } if until > now => Found::Loading(token),
            Self::Lease { .. } => Found::Nothing,
            Self::Guard(writer) => Found::Writing(writer),
            Self::Foreign => Found::Foreign,
        }
    }
}

/// The bytes of a value that was loaded or written under a token; `None` if it has more tags or bytes than can be told.
pub(super) fn encode(value: &Envelope, token: Token, now: u64) -> Option<Vec<u8>> {
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

/// Whose lease is in a record, alone or beside a value.
pub(super) fn lease(bytes: &[u8], now: u64) -> Option<Token> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    let [MAGIC, b'V' | b'L', ..] = header else { return None };
    let is_there = header[32] == b'R' && u64_at(header, 24) > now;
    Token::from_bits(u64_at(header, 16)).filter(|_| is_there)
}

fn parse(bytes: Vec<u8>, now: u64) -> Option<Record> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    if header[0] != MAGIC {
        return None;
    }
    match header[1] {
        b'V' => value(bytes, now).map(Record::Value),
        b'L' => {
            let token = Token::from_bits(u64_at(header, 16))?;
            Some(Record::Lease { token, until: u64_at(header, 24) })
        }
        b'W' => {
            let writer = u64::from_be_bytes(*bytes[HEADER..].first_chunk()?);
            Token::from_bits(writer).map(Record::Guard)
        }
        _ => None,
    }
}

fn value(mut bytes: Vec<u8>, now: u64) -> Option<Envelope> {
    let header: [u8; HEADER] = *bytes.first_chunk()?;
    let versions = versions(&bytes, usize::from(header[33]))?;
    let payload_at = usize::from(u16::from_be_bytes([header[34], header[35]]));
    let length = usize::try_from(u32_at(&header, 36)).ok()?;
    let known = matches!(header[32], 0 | b'R' | b'W');
    let after_versions = HEADER + 8 * usize::from(header[33]);
    if !known || payload_at < after_versions || payload_at.checked_add(length)? != bytes.len() {
        return None;
    }
    let id = Token::from_bits(u64_at(&header, 8))?;
    let (fresh, age) = (u64_at(&header, 48), now.saturating_sub(u64_at(&header, 40)));
    let window = u64::from(u32_at(&header, 60)) * 1_000;
    bytes.drain(..payload_at);
    Some(Envelope {
        bytes,
        format: Format {
            codec: header[2],
            flags: header[3] & 0x0F,
            fingerprint: u32_at(&header, 4),
        },
        versions,
        id: Some(id),
        fresh: Duration::from_millis(fresh.saturating_sub(age)),
        // It was found, so it is not over.
        ttl: Duration::from_millis(fresh.saturating_add(window).saturating_sub(age).max(1)),
        age: Duration::from_millis(age),
        cost: Duration::from_micros(u32_at(&header, 56).into()),
        guarded: header[32] == b'W',
    })
}

/// The epoch and the versions of the tags.
fn versions(bytes: &[u8], count: usize) -> Option<Versions> {
    let (versions, _) = bytes.get(HEADER..HEADER + 8 * count)?.as_chunks();
    let mut versions = versions.iter().copied().map(u64::from_be_bytes);
    Some(Versions { epoch: versions.next()?, tags: versions.collect() })
}

fn u32_at(header: &[u8; HEADER], at: usize) -> u32 {
    u32::from_be_bytes(field(header, at))
}

fn u64_at(header: &[u8; HEADER], at: usize) -> u64 {
    u64::from_be_bytes(field(header, at))
}

fn field<const N: usize>(header: &[u8; HEADER], at: usize) -> [u8; N] {
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
        Envelope {
            bytes: b"value".to_vec(),
            format: Format { codec: 1, flags: 9, fingerprint: 0xDEAD_BEEF },
            versions: Versions { epoch: 0xE0, tags: vec![0xA1, 0xA2] },
            id: None,
            fresh: Duration::from_secs(60),
            ttl: Duration::from_millis(61_500),
            age: Duration::from_millis(6),
            cost: Duration::from_micros(0x0C05),
            guarded: false,
        }
    }

    #[test]
    fn the_bytes_are_these() {
        let encoded = encode(&sample(), token(0x1D), NOW).unwrap();
        #[rustfmt::skip]
        let golden = [
            0xC5, b'V', 1, 9,   0xDE, 0xAD, 0xBE, 0xEF,   0, 0, 0, 0, 0, 0, 0, 0x1D,
            0, 0, 0, 0, 0, 0, 0, 0,   0, 0, 0, 0, 0, 0, 0, 0,
            0, 3,   0, 88,   0, 0, 0, 5,   0, 0, 1, 2, 3, 4, 5, 0,
            0, 0, 0, 0, 0, 0, 0xEA, 0x66,   0, 0, 0x0C, 0x05,   0, 0, 0, 2,
            0, 0, 0, 0, 0, 0, 0, 0xE0,   0, 0, 0, 0, 0, 0, 0, 0xA1,   0, 0, 0, 0, 0, 0, 0, 0xA2,
            b'v', b'a', b'l', b'u', b'e',
        ];
        assert_eq!(encoded, golden);
    }

    #[test]
    fn a_value_comes_back_with_the_time_that_is_left() {
        let encoded = encode(&sample(), token(7), NOW).unwrap();
        let versions = sample().versions;
        let Found::Fresh(back) = Record::decode(encoded.clone(), NOW + 10_000).judge(&versions, 0)
        else {
            panic!("not fresh")
        };
        let expected = Envelope {
            id: Some(token(7)),
            fresh: Duration::from_secs(50),
            ttl: Duration::from_secs(52),
            age: Duration::from_millis(10_006),
            ..sample()
        };
        assert_eq!(back, expected);
        let late = Record::decode(encoded.clone(), NOW + 60_000).judge(&versions, 0);
        assert!(matches!(late, Found::Stale(_)), "{late:?}");
        let other = Versions { epoch: 0xE1, ..versions };
        let dead = Record::decode(encoded, NOW).judge(&other, 0);
        assert!(matches!(&dead, Found::Dead(value) if value.id == Some(token(7))), "{dead:?}");
    }

    #[test]
    fn a_value_without_known_versions_is_dead_whatever_it_is_compared_to() {
        let value = Envelope { versions: Versions { epoch: 0, tags: vec![] }, ..sample() };
        let encoded = encode(&value, token(7), NOW).unwrap();
        let dead = Record::decode(encoded, NOW).judge(&value.versions, NOW);
        assert!(matches!(&dead, Found::Dead(value) if value.id == Some(token(7))), "{dead:?}");
    }

    #[test]
    fn leases_and_guards_are_told_apart() {
        let mut bytes = vec![0; HEADER];
        (bytes[0], bytes[1], bytes[23], bytes[31], bytes[32]) = (MAGIC, b'L', 5, 9, b'R');
        let at = |bytes: &[u8], now| {
            Record::decode(bytes.to_vec(), now).judge(&Versions::default(), now)
        };
        assert_eq!(at(&bytes, 8), Found::Loading(token(5)));
        assert_eq!(at(&bytes, 9), Found::Nothing);
        bytes[1] = b'W';
        assert_eq!(at(&bytes, 9), Found::Foreign, "there is no guard without a writer");
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(at(&bytes, 9), Found::Writing(token(3)));
        bytes[1] = b'X';
        assert_eq!(at(&bytes, 9), Found::Foreign);
    }

    #[test]
    fn who_has_the_lease_is_told_also_beside_a_value() {
        let mut bytes = encode(&sample(), token(7), NOW).unwrap();
        assert_eq!(lease(&bytes, 8), None);
        (bytes[23], bytes[31], bytes[32]) = (5, 9, b'R');
        for kind in [b'V', b'L'] {
            bytes[1] = kind;
            assert_eq!((lease(&bytes, 8), lease(&bytes, 9)), (Some(token(5)), None));
        }
        bytes[32] = b'W';
        assert_eq!(lease(&bytes, 8), None, "a guard");
        (bytes[0], bytes[32]) = (0, b'R');
        assert_eq!(lease(&bytes, 8), None);
        assert_eq!(lease(&[], 8), None);
    }

    #[test]
    fn a_value_with_too_many_tags_is_not_encoded() {
        let with =
            |tags| Envelope { versions: Versions { epoch: 1, tags: vec![1; tags] }, ..sample() };
        assert!(encode(&with(254), token(1), NOW).is_some());
        assert!(encode(&with(255), token(1), NOW).is_none());
    }

    #[test]
    fn bytes_that_are_missing_or_too_many_are_foreign() {
        let encoded = encode(&sample(), token(7), NOW).unwrap();
        for length in 0..encoded.len() {
            let cut = Record::decode(encoded[..length].to_vec(), NOW);
            assert!(matches!(cut, Record::Foreign), "{length}: {cut:?}");
        }
        let longer = Record::decode([encoded, vec![0]].concat(), NOW);
        assert!(matches!(longer, Record::Foreign), "{longer:?}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_endured(mut bytes: Vec<u8>, kind: u8, now: u64) {
            let _ = Record::decode(bytes.clone(), now).judge(&Versions::default(), now);
            // Past the first check, too.
            bytes.splice(..bytes.len().min(2), [MAGIC, [b'V', b'L', b'W'][usize::from(kind) % 3]]);
            bytes.resize(bytes.len().max(HEADER + 8), 0);
            let length = bytes.len();
            if let Record::Value(value) = Record::decode(bytes, now) {
                prop_assert!(value.bytes.len() <= length - HEADER);
            }
        }

        #[test]
        fn a_changed_byte_never_changes_how_much_is_served(at: prop::sample::Index, to: u8) {
            let mut encoded = encode(&sample(), token(7), NOW).unwrap();
            let at = at.index(encoded.len());
            encoded[at] = to;
            if let Found::Fresh(value) = Record::decode(encoded, NOW).judge(&sample().versions, NOW) {
                prop_assert_eq!(value.bytes.len(), sample().bytes.len());
            }
        }

        #[test]
        fn what_is_encoded_is_decoded(
            bytes: Vec<u8>, codec: u8, flags in 0..16u8, fingerprint: u32, epoch: u64,
            tags in prop::collection::vec(any::<u64>(), 0..20), id in 1..u64::MAX, fresh: u32, window: u32,
        ) {
            let fresh = Duration::from_millis(fresh.into());
            let value = Envelope {
                bytes,
                format: Format { codec, flags, fingerprint },
                versions: Versions { epoch, tags },
                id: Some(token(id)),
                fresh,
                ttl: (fresh + Duration::from_secs(window.into())).max(Duration::from_millis(1)),
                age: Duration::ZERO,
                cost: Duration::ZERO,
                guarded: false,
            };
            let encoded = encode(&value, token(id), NOW).unwrap();
            let Record::Value(back) = Record::decode(encoded, NOW) else { panic!("not a value") };
            prop_assert_eq!(back, value);
        }
    }
}
