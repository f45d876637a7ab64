//! The encodings of the tier that processes share, and how they are named there.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{lz4, message_pack};
use crate::policy::{Codec, Compression};

/// The numbers that are stored beside the bytes. They never change, and none is used twice.
const MESSAGE_PACK: u8 = 1;
const JSON: u8 = 2;

/// How a policy wants its values encoded.
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
    /// The bytes, compressed or not.
    pub bytes: Vec<u8>,
    /// The number of the codec, for [`decode_as`].
    pub codec: u8,
    /// Whether the bytes are compressed.
    pub compressed: bool,
    /// How many bytes they are when they are not: what the `max` of [`decode_as`] is held against.
    pub plain_len: usize,
}

impl Encoding {
    /// What is stored where there is no value.
    pub(crate) const fn of_nothing(self) -> Encoded {
        Encoded { bytes: Vec::new(), codec: number(self.codec), compressed: false, plain_len: 0 }
    }

    /// Completes the bytes of a value.
    fn finish(self, plain: Vec<u8>) -> Encoded {
        let (codec, plain_len) = (number(self.codec), plain.len());
        let compressed = match self.compression {
            Compression::None => None,
            Compression::Lz4 => lz4::compress(&plain),
        };
        match compressed {
            Some(bytes) => Encoded { bytes, codec, compressed: true, plain_len },
            None => Encoded { bytes: plain, codec, compressed: false, plain_len },
        }
    }
}

const fn number(codec: Codec) -> u8 {
    match codec {
        Codec::MessagePack => MESSAGE_PACK,
        Codec::Json => JSON,
    }
}

/// Encodes a value; `None` if it cannot be, as a map with keys that are no text cannot be in JSON.
pub(crate) fn encode_as<V: Serialize>(value: &V, encoding: Encoding) -> Option<Encoded> {
    let plain = match encoding.codec {
        Codec::MessagePack => message_pack::encode(value),
        Codec::Json => serde_json::to_vec(value).ok(),
    };
    plain.map(|plain| encoding.finish(plain))
}

/// Decodes a value from no more than `max` bytes, once they are decompressed.
///
/// Never panics, whatever the bytes are. The format is that of the record and not that of the policy, so that
/// what is stored outlives a change of the policy.
pub(crate) fn decode_as<V: DeserializeOwned>(
    bytes: &[u8],
    codec: u8,
    compressed: bool,
    max: usize,
) -> Option<V> {
    let plain = plain(bytes, compressed, max)?;
    match codec {
        MESSAGE_PACK => message_pack::decode(&plain),
        JSON => serde_json::from_slice(&plain).ok(),
        _ => None,
    }
}

fn plain(bytes: &[u8], compressed: bool, max: usize) -> Option<Cow<'_, [u8]>> {
    if compressed {
        lz4::decompress(bytes, max).map(Cow::Owned)
    } else {
        (bytes.len() <= max).then_some(Cow::Borrowed(bytes))
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
                assert_eq!(back, Some(users(count)), "{encoding:?}");
                assert_eq!(decode_as::<Vec<User>>(&bytes, codec, compressed, plain_len - 1), None);
            }
        }
    }

    #[test]
    fn the_numbers_of_the_codecs_are_those_that_are_stored() {
        let numbers = ENCODINGS.map(|encoding| encode_as(&7u8, encoding).unwrap().codec);
        assert_eq!(numbers, [1, 1, 2, 2]);
        assert_eq!(decode_as::<u8>(&[7], 0, false, 9), None);
        assert_eq!(decode_as::<u8>(&[7], 1, false, 9), Some(7));
        assert_eq!(decode_as::<u8>(b"7", 2, false, 9), Some(7));
        assert_eq!(decode_as::<u8>(&[7], 3, false, 9), None);
    }

    #[test]
    fn what_stands_behind_the_value_is_an_error() {
        for encoding in ENCODINGS {
            let Encoded { mut bytes, codec, .. } = encode_as(&123u8, encoding).unwrap();
            assert_eq!(decode_as::<u8>(&bytes, codec, false, 9), Some(123));
            bytes.push(b'4');
            assert_eq!(decode_as::<u8>(&bytes, codec, false, 9), None);
        }
    }

    #[test]
    fn nothing_is_no_value() {
        for encoding in ENCODINGS {
            let Encoded { bytes, codec, compressed, .. } = encoding.of_nothing();
            assert_eq!(decode_as::<()>(&bytes, codec, compressed, 9), None);
            assert_eq!(decode_as::<Option<u8>>(&bytes, codec, compressed, 9), None);
        }
    }

    #[test]
    fn a_value_without_an_encoding_is_not_stored() {
        let by_pair = BTreeMap::from([((1u8, 2u8), 3u8)]);
        assert!(encode_as(&by_pair, ENCODINGS[0]).is_some());
        assert_eq!(encode_as(&by_pair, ENCODINGS[2]), None);
    }

    #[test]
    fn json_nested_too_deep_is_an_error_and_not_an_overflow() {
        let nested = |times: usize| {
            let (open, close) = (b"{\"Nested\":".repeat(times), b"}".repeat(times));
            [&open[..], b"\"Plain\"", &close[..]].concat()
        };
        assert!(decode_as::<Kind>(&nested(100), JSON, false, usize::MAX).is_some());
        assert!(decode_as::<Kind>(&nested(129), JSON, false, usize::MAX).is_none());
        assert!(decode_as::<Kind>(&nested(100_000), JSON, false, usize::MAX).is_none());
        assert!(decode_as::<Kind>(&vec![b'['; 100_000], JSON, false, usize::MAX).is_none());
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
