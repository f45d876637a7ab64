//! Records as the contract of stores sees them: envelopes, leases and guards at a time of the server's clock.

use std::time::Duration;

use crate::store::layout::{self, Guards, Hold};
use crate::store::{Envelope, Found, Versions};
use crate::token::Token;

/// A record at a time of the server's clock.
#[derive(Debug)]
pub(super) enum Record {
    Value(Envelope),
    Loading(Token),
    /// With the token of its first writer.
    Writing(Token),
    Foreign,
    Nothing,
}

/// A record, and whose lease is in it, alone or beside a value.
pub(super) type Leased = (Record, Option<Token>);

impl Record {
    /// Decodes what is under the name of an entry.
    pub(super) fn decode(mut bytes: Vec<u8>, now: u64) -> Leased {
        let standing = |hold: Hold| (hold.until > now).then_some(hold.token);
        match layout::Record::parse(&bytes) {
            Some(layout::Record::Value(value)) => {
                let lease = value.lease.and_then(standing);
                let (envelope, payload_at) =
                    (envelope(&value, now), bytes.len() - value.payload.len());
                bytes.drain(..payload_at);
                (Self::Value(Envelope { bytes, ..envelope }), lease)
            }
            Some(layout::Record::Lease(hold)) => match standing(hold) {
                Some(token) => (Self::Loading(token), Some(token)),
                None => (Self::Nothing, None),
            },
            Some(layout::Record::Guards(Guards { writers, .. })) => {
                let first = writers.first().map(|writer| Self::Writing(writer.token));
                (first.unwrap_or(Self::Nothing), None)
            }
            None => (Self::Foreign, None),
        }
    }

    /// Holds the record against the current versions.
    pub(super) fn judge(self, current: &Versions) -> Found {
        match self {
            Self::Value(value) if !value.versions.hold(current) => Found::Dead(value),
            Self::Value(value) if value.fresh.is_zero() => Found::Stale(value),
            Self::Value(value) => Found::Fresh(value),
            Self::Loading(token) => Found::Loading(token),
            Self::Writing(writer) => Found::Writing(writer),
            Self::Foreign => Found::Foreign,
            Self::Nothing => Found::Nothing,
        }
    }
}

/// A value as it is at a time of the server's clock, without its bytes.
fn envelope(value: &layout::Value<'_>, now: u64) -> Envelope {
    let age = Duration::from_millis(now.saturating_sub(value.created));
    // It was found, so it is there, even if nobody is to be served with it: a lease keeps the record.
    let ttl = value.fresh.saturating_add(value.window).saturating_sub(age);
    Envelope {
        bytes: Vec::new(),
        format: value.format,
        versions: value.versions.clone(),
        id: Some(value.id),
        fresh: value.fresh.saturating_sub(age),
        stale: age.saturating_sub(value.fresh),
        ttl: ttl.max(Duration::from_millis(1)),
        renewable: Duration::ZERO,
        age,
        cost: value.cost,
        guarded: value.guard.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::layout::encode;
    use super::*;
    use crate::store::Format;

    const NOW: u64 = 0x0102_0304_0506;

    fn token(bits: u64) -> Token {
        Token::from_bits(bits).unwrap()
    }

    fn sample() -> Envelope {
        let ms = Duration::from_millis;
        let (format, versions) =
            (Format::new(1, 9, 0xDEAD_BEEF), Versions::new(0xE0, vec![0xA1, 0xA2]));
        let value = Envelope::new(b"value".to_vec(), format, versions, ms(60_000), ms(61_500));
        Envelope { age: ms(6), cost: Duration::from_micros(0x0C05), ..value }
    }

    fn found(bytes: &[u8], versions: &Versions, now: u64) -> Found {
        Record::decode(bytes.to_vec(), now).0.judge(versions)
    }

    #[test]
    fn a_value_comes_back_with_the_time_that_is_left() {
        let encoded = encode(&sample(), token(7), NOW).unwrap();
        let versions = sample().versions;
        let Found::Fresh(back) = found(&encoded, &versions, NOW + 10_000) else {
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
        let late = found(&encoded, &versions, NOW + 60_000);
        assert!(matches!(late, Found::Stale(_)), "{late:?}");
        let other = Versions { epoch: 0xE1, ..versions };
        let dead = found(&encoded, &other, NOW);
        assert!(matches!(&dead, Found::Dead(value) if value.id == Some(token(7))), "{dead:?}");
    }

    #[test]
    fn a_value_without_known_versions_is_dead_whatever_it_is_compared_to() {
        let value = Envelope { versions: Versions::new(0, vec![]), ..sample() };
        let encoded = encode(&value, token(7), NOW).unwrap();
        let dead = found(&encoded, &value.versions, NOW);
        assert!(matches!(&dead, Found::Dead(value) if value.id == Some(token(7))), "{dead:?}");
    }

    #[test]
    fn a_lease_is_there_until_its_deadline_and_a_guard_as_long_as_its_record() {
        let mut bytes = vec![0; 64];
        (bytes[0], bytes[1], bytes[23], bytes[31], bytes[32]) = (0xC5, b'L', 5, 9, b'R');
        let at = |bytes: &[u8], now| found(bytes, &Versions::default(), now);
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
        let lease = |bytes: &[u8], now| Record::decode(bytes.to_vec(), now).1;
        let mut value = encode(&sample(), token(7), NOW).unwrap();
        assert_eq!(lease(&value, 8), None);
        let mut alone = vec![0; 64];
        (alone[0], alone[1]) = (0xC5, b'L');
        for bytes in [&mut value, &mut alone] {
            (bytes[23], bytes[31], bytes[32]) = (5, 9, b'R');
            assert_eq!((lease(bytes, 8), lease(bytes, 9)), (Some(token(5)), None));
        }
        value[32] = b'W';
        assert_eq!(lease(&value, 8), None, "a guard");
        (value[0], value[32]) = (0, b'R');
        assert_eq!(lease(&value, 8), None);
        assert_eq!(lease(&[], 8), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_endured(mut bytes: Vec<u8>, kind: u8, now: u64) {
            let _ = found(&bytes, &Versions::default(), now);
            // Past the first check, too.
            bytes.splice(..bytes.len().min(2), [0xC5, [b'V', b'L', b'W'][usize::from(kind) % 3]]);
            bytes.resize(bytes.len().max(72), 0);
            let _ = found(&bytes, &Versions::default(), now);
        }

        #[test]
        fn what_is_encoded_is_decoded(
            bytes: Vec<u8>, codec: u8, flags in 0..16u8, fingerprint: u32, epoch: u64,
            tags in prop::collection::vec(any::<u64>(), 0..20), id in 1..u64::MAX, fresh: u32, window: u32,
        ) {
            let (fresh, window) =
                (Duration::from_millis(fresh.into()), Duration::from_secs(window.into()));
            let ttl = (fresh + window).max(Duration::from_millis(1));
            let (format, versions) = (Format::new(codec, flags, fingerprint), Versions::new(epoch, tags));
            let value =
                Envelope { id: Some(token(id)), ..Envelope::new(bytes, format, versions, fresh, ttl) };
            let encoded = encode(&value, token(id), NOW).unwrap();
            let (Record::Value(back), None) = Record::decode(encoded, NOW) else {
                panic!("not a value")
            };
            prop_assert_eq!(back, value);
        }
    }
}
