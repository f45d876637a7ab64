//! The encodings of the tier that processes share, and how they are named there.

use std::any::Any;
use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::digest::{self, Digest};
use super::fault::Fault;
use super::flaw::Flaw;
use super::legible::Illegible;
use super::{depth, json, lz4, message_pack};
use crate::policy::{Codec, Compression};

/// The numbers that are stored beside the bytes. They never change, and none is used twice.
const MESSAGE_PACK: u8 = 1;
const JSON: u8 = 2;

/// How many bytes the digest takes in front of a value.
const DIGEST: usize = size_of::<u64>();

/// The encoding that a policy has chosen for its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The format of the bytes.
    pub codec: Codec,
    /// What happens to the bytes after that.
    pub compression: Compression,
}

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The value's digest in eight bytes, then its encoding, compressed or not.
    pub bytes: Vec<u8>,
    /// The number of the codec, for [`decode_as`].
    pub codec: u8,
    /// Whether the encoding is compressed.
    pub compressed: bool,
    /// How many bytes both are when nothing is compressed: what the `max` of [`decode_as`] is held against.
    pub plain_len: usize,
}

/// Tells whether two values are equal, where their type can tell.
pub type Same = Option<fn(&dyn Any, &dyn Any) -> bool>;

/// Tells whether two values of a type are equal.
pub(crate) fn equal<V: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    one.downcast_ref::<V>().is_some_and(|one| other.downcast_ref() == Some(one))
}

impl Encoding {
    /// What is stored where there is no value.
    pub(crate) const fn of_nothing(self) -> Encoded {
        Encoded { bytes: Vec::new(), codec: number(self.codec), compressed: false, plain_len: 0 }
    }

    /// Completes the bytes of a value.
    fn finish(self, digest: u64, plain: &[u8]) -> Encoded {
        let compressed = match self.compression {
            Compression::None => None,
            Compression::Lz4 => lz4::compress(plain),
        };
        let body = compressed.as_deref().unwrap_or(plain);
        Encoded {
            bytes: [&digest.to_be_bytes(), body].concat(),
            codec: number(self.codec),
            compressed: compressed.is_some(),
            plain_len: DIGEST + plain.len(),
        }
    }
}

const fn number(codec: Codec) -> u8 {
    match codec {
        Codec::MessagePack => MESSAGE_PACK,
        Codec::Json => JSON,
    }
}

/// Encodes a value.
///
/// # Errors
/// If it cannot be: it is nested too deep, or the format has no place for what it holds.
pub(crate) fn encode_as<V: Serialize + Sync>(
    value: &V,
    encoding: Encoding,
) -> Result<Encoded, Flaw> {
    let digest = digest::digest(value)?;
    let plain = plain_bytes(value, digest, encoding.codec)?;
    Ok(encoding.finish(digest.number, &plain))
}

fn plain_bytes<V: Serialize + Sync>(
    value: &V,
    digest: Digest,
    codec: Codec,
) -> Result<Vec<u8>, Flaw> {
    let Digest { depth, some_of_null, not_finite, .. } = digest;
    let walk = || match codec {
        Codec::MessagePack => message_pack::encode(value).map_err(Flaw::from),
        Codec::Json if some_of_null => Err(Flaw::SomeOfNull),
        Codec::Json if not_finite => Err(Flaw::NotFinite),
        Codec::Json => json::encode(value).ok_or(Flaw::Refused),
    };
    depth::with_room(depth, walk).unwrap_or(Err(Flaw::TooDeep))
}

/// Encodes a value, and makes sure that it comes back from its bytes as it is.
///
/// # Errors
/// If it does not.
pub(crate) fn carried<V>(value: &V, encoding: Encoding, same: Same) -> Result<(Encoded, V), Flaw>
where
    V: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let encoded = encode_as(value, encoding)?;
    let Encoded { bytes, codec, compressed, plain_len } = &encoded;
    let (digest, body) = bytes.split_first_chunk().ok_or(Flaw::Unreadable)?;
    let back: V =
        decode_plain(body, *codec, *compressed, *plain_len).map_err(|_| Flaw::Unreadable)?;
    // A value that holds no number is not equal to itself.
    let differs = same.is_some_and(|same| same(value, value) && !same(value, &back));
    if differs || !is_of(&back, *digest) {
        return Err(Flaw::Changed);
    }
    Ok((encoded, back))
}

/// Decodes a value from no more than `max` bytes, once they are decompressed.
///
/// Never panics, whatever the bytes are. The format is that of the record and not that of the policy, so that
/// what is stored outlives a change of the policy.
///
/// # Errors
/// If the bytes are no value of the type, or not the value that was encoded.
pub(crate) fn decode_as<V>(
    bytes: &[u8],
    codec: u8,
    compressed: bool,
    max: usize,
) -> Result<V, Illegible>
where
    V: Serialize + DeserializeOwned + Send + Sync,
{
    let (digest, body) = bytes.split_first_chunk().ok_or(Illegible::Malformed)?;
    let value = decode_plain(body, codec, compressed, max)?;
    if is_of(&value, *digest) { Ok(value) } else { Err(Illegible::Other) }
}

fn is_of<V: Serialize + Sync>(value: &V, digest: [u8; 8]) -> bool {
    digest::digest(value).is_ok_and(|found| found.number.to_be_bytes() == digest)
}

fn decode_plain<V: DeserializeOwned + Send>(
    body: &[u8],
    codec: u8,
    compressed: bool,
    max: usize,
) -> Result<V, Illegible> {
    let most = max.saturating_sub(DIGEST);
    let plain = plain(body, compressed, most).ok_or(Illegible::Malformed)?;
    match codec {
        MESSAGE_PACK => message_pack::decode(&plain),
        JSON => json::decode(&plain),
        _ => Err(Illegible::Other),
    }
}

fn plain(bytes: &[u8], compressed: bool, max: usize) -> Option<Cow<'_, [u8]>> {
    if compressed {
        lz4::decompress(bytes, max).map(Cow::Owned)
    } else {
        (bytes.len() <= max).then_some(Cow::Borrowed(bytes))
    }
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused => Self::Refused,
            Fault::TooDeep => Self::TooDeep,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;

    const ENCODINGS: [Encoding; 4] = [
        Encoding { codec: Codec::MessagePack, compression: Compression::None },
        Encoding { codec: Codec::MessagePack, compression: Compression::Lz4 },
        Encoding { codec: Codec::Json, compression: Compression::None },
        Encoding { codec: Codec::Json, compression: Compression::Lz4 },
    ];

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        id: u64,
        name: String,
        tags: Vec<Option<Kind>>,
        weight: f64,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        Level(u8),
        Nested(Box<Kind>),
    }

    fn users(count: u32) -> Vec<User> {
        let user = |id| User {
            id: u64::from(id),
            name: format!("user {id}"),
            tags: vec![Some(Kind::Plain), None, Some(Kind::Nested(Box::new(Kind::Level(7))))],
            weight: 0.1 + f64::from(id) / 3.0,
        };
        (0..count).map(user).collect()
    }

    #[test]
    fn every_encoding_gives_back_what_it_took() {
        for encoding in ENCODINGS {
            for count in [0, 1, 500] {
                let stored = encode_as(&users(count), encoding).unwrap();
                let Encoded { bytes, codec, compressed, plain_len } = stored;
                let lz4 = encoding.compression == Compression::Lz4;
                assert_eq!(compressed, lz4 && count == 500);
                assert_eq!(plain_len == bytes.len(), !compressed);
                let back = decode_as(&bytes, codec, compressed, plain_len);
                assert_eq!(back, Ok(users(count)), "{encoding:?}");
                let back = decode_as::<Vec<User>>(&bytes, codec, compressed, plain_len - 1);
                assert_eq!(back, Err(Illegible::Malformed));
            }
        }
    }

    #[test]
    fn the_numbers_of_the_codecs_are_those_that_are_stored() {
        let numbers = ENCODINGS.map(|encoding| encode_as(&7u8, encoding).unwrap().codec);
        assert_eq!(numbers, [1, 1, 2, 2]);
        let digest = digest::digest(&7u8).unwrap().number.to_be_bytes();
        let decoded =
            |body: u8, codec| decode_as(&[&digest[..], &[body]].concat(), codec, false, 99);
        assert_eq!(decoded(7, 0), Err(Illegible::Other));
        assert_eq!(decoded(7, 1), Ok(7u8));
        assert_eq!(decoded(b'7', 2), Ok(7));
        assert_eq!(decoded(7, 3), Err(Illegible::Other));
    }

    #[test]
    fn what_stands_behind_the_value_is_an_error() {
        for encoding in ENCODINGS {
            let Encoded { mut bytes, codec, .. } = encode_as(&123u8, encoding).unwrap();
            assert_eq!(decode_as::<u8>(&bytes, codec, false, 99), Ok(123));
            bytes.push(b'4');
            assert!(decode_as::<u8>(&bytes, codec, false, 99).is_err());
        }
    }

    #[test]
    fn nothing_is_no_value() {
        for encoding in ENCODINGS {
            let Encoded { bytes, codec, compressed, .. } = encoding.of_nothing();
            assert!(decode_as::<()>(&bytes, codec, compressed, 99).is_err());
            assert!(decode_as::<Option<u8>>(&bytes, codec, compressed, 99).is_err());
        }
    }

    #[test]
    fn a_value_without_an_encoding_is_not_stored() {
        let by_pair = BTreeMap::from([((1u8, 2u8), 3u8)]);
        assert!(encode_as(&by_pair, ENCODINGS[0]).is_ok());
        assert_eq!(encode_as(&by_pair, ENCODINGS[2]), Err(Flaw::Refused));
    }

    #[test]
    fn json_nested_too_deep_is_an_error_and_not_an_overflow() {
        let nested = |times: usize| {
            let (open, close) = (b"{\"Nested\":".repeat(times), b"}".repeat(times));
            [&open[..], b"\"Plain\"", &close[..]].concat()
        };
        assert!(json::decode::<Kind>(&nested(depth::MAX)).is_ok());
        assert!(json::decode::<Kind>(&nested(depth::MAX + 1)).is_err());
        assert!(json::decode::<Kind>(&nested(100_000)).is_err());
        assert!(json::decode::<Kind>(&vec![b'['; 100_000]).is_err());
        // brackets in a text are none
        let text = format!("\\\"{}", "[".repeat(100_000));
        let bytes = json::encode(&text).unwrap();
        assert_eq!(json::decode(&bytes), Ok(text));
    }

    #[test]
    fn what_is_another_value_by_now_is_told_from_what_is_none() {
        for encoding in ENCODINGS {
            let Encoded { bytes, codec, .. } = encode_as(&"ada".to_owned(), encoding).unwrap();
            let changed = |at: usize, byte: u8| {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                decode_as::<String>(&bytes, codec, false, 99)
            };
            let last = bytes.iter().rposition(|byte| *byte == b'a').unwrap();
            assert_eq!(changed(last, b'o'), Err(Illegible::Other));
            assert_eq!(changed(0, bytes[0] ^ 1), Err(Illegible::Other));
            assert_eq!(decode_as::<u8>(&bytes, codec, false, 99), Err(Illegible::Other));
            assert_eq!(changed(8, 0xc1), Err(Illegible::Malformed));
            let short = &bytes[..bytes.len() - 1];
            assert_eq!(decode_as::<String>(short, codec, false, 99), Err(Illegible::Malformed));
            assert_eq!(decode_as::<String>(b"", codec, false, 99), Err(Illegible::Malformed));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_decoded_without_a_panic(
            bytes: Vec<u8>,
            codec in 0u8..4,
            compressed: bool,
        ) {
            let _ = decode_as::<Vec<User>>(&bytes, codec, compressed, 1 << 20);
            let _ = decode_as::<BTreeMap<String, Kind>>(&bytes, codec, compressed, 1 << 20);
        }

        #[test]
        fn a_float_is_the_same_float_in_json(weight in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
            let Encoded { bytes, codec, .. } = encode_as(&weight, ENCODINGS[2]).unwrap();
            let back: f64 = decode_as(&bytes, codec, false, 99).unwrap();
            prop_assert_eq!(back.to_bits(), weight.to_bits());
        }
    }
}
