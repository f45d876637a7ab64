//! The format, byte by byte.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::super::depth;
use super::*;

/// One of everything that the format has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    unsigned: Vec<u64>,
    signed: Vec<i64>,
    floats: (f32, f64),
    wide: u128,
    text: Vec<String>,
    map: BTreeMap<String, Option<bool>>,
    shape: Vec<Shape>,
    unit: (),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(u32),
    Line(i8, i8),
    Text { lines: Vec<String> },
    Not(Box<Shape>),
}

fn everything() -> Everything {
    let numbers = (0..64).map(|bits| 1u64 << bits);
    Everything {
        unsigned: numbers.clone().collect(),
        signed: numbers.map(|number| number.cast_signed().wrapping_neg()).collect(),
        floats: (0.1, -0.1),
        wide: u128::MAX,
        text: [0, 31, 32, 255, 256, 70_000].map(|length| "x".repeat(length)).into(),
        map: (0..20).map(|n| (n.to_string(), (n > 3).then_some(n > 9))).collect(),
        shape: vec![
            Shape::Point,
            Shape::Circle(7),
            Shape::Line(-1, 1),
            Shape::Text { lines: vec![String::new(); 70_000] },
            Shape::Not(Box::new(Shape::Point)),
        ],
        unit: (),
    }
}

/// The bytes of a value, after it was read back from them.
fn bytes<V: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug + Send>(
    value: &V,
) -> Vec<u8> {
    let bytes = encode(value).unwrap();
    assert_eq!(decode::<V>(&bytes).as_ref(), Ok(value));
    bytes
}

#[test]
fn a_value_survives_its_encoding() {
    bytes(&everything());
}

#[test]
fn the_bytes_are_those_that_are_stored() {
    assert_eq!(
        bytes(&(1u8, -1i8, 300u16, "ä".to_owned())),
        b"\x94\x01\xff\xcd\x01\x2c\xa2\xc3\xa4"
    );
    assert_eq!(bytes(&(0.5f32, true, ())), b"\x93\xca\x3f\x00\x00\x00\xc3\xc0");
    assert_eq!(bytes(&BTreeMap::from([("a".to_owned(), None::<u8>)])), b"\x81\xa1a\xc0");
    assert_eq!(bytes(&Shape::Circle(7)), b"\x81\xa6Circle\x07");
    assert_eq!(bytes(&Shape::Point), b"\xa5Point");
}

#[test]
fn a_some_has_a_mark_only_where_it_would_be_taken_for_none() {
    assert_eq!(bytes(&Some(7u8)), [7]);
    assert_eq!(bytes(&Some(Some(7u8))), [7]);
    assert_eq!(bytes(&None::<Option<u8>>), [0xc0]);
    assert_eq!(bytes(&Some(None::<u8>)), [0xd4, 1, 1]);
    assert_eq!(bytes(&Some(Some(None::<u8>))), [0xd4, 1, 2]);
    assert_eq!(bytes(&Some(())), [0xd4, 1, 1]);
    assert_eq!(bytes(&[Some(Some(Some(()))), Some(None), None]).len(), 1 + 3 + 3 + 1);
}

#[test]
fn bytes_take_as_many_bytes_as_they_are() {
    for length in [0usize, 1, 2, 3, 4, 15, 16, 255, 256, 65_535, 65_536, 1_000_000] {
        let low: Vec<u8> = vec![1; length];
        let high: Vec<u8> = vec![0xff; length];
        for list in [low, high] {
            let plain = if list.first().is_some_and(|first| *first > 0x7f) { 2 } else { 1 };
            let (found, as_list) = (bytes(&list).len(), length * plain + 5);
            assert!(found <= length + 6 && found <= as_list, "{length}: {found}");
        }
    }
    assert_eq!(bytes(&[0x01u8, 0x02]), [0x92, 1, 2]);
    assert_eq!(bytes(&[0xffu8; 4]), [0xc7, 4, 2, 0xff, 0xff, 0xff, 0xff]);
}

#[test]
fn a_uuid_takes_half_of_its_letters_and_comes_back_as_the_same_text() {
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    assert_eq!(bytes(&uuid.to_owned()).len(), 18);
    assert_eq!(bytes(&uuid::Uuid::from_u128(u128::MAX)), [&[0xd8, 5][..], &[0xff; 16]].concat());
    assert_eq!(bytes(&Some(uuid::Uuid::nil())).len(), 18);
    assert_eq!(bytes(&BTreeMap::from([(uuid::Uuid::nil(), 7u8)])).len(), 1 + 18 + 1);
    let otherwise = [
        uuid.to_uppercase(),
        uuid.replace("44-", "4-4"),
        uuid.replace('-', "0"),
        uuid.replace("67e", "67g"),
        uuid.replace("-10b1", "a10b1"),
        format!("{uuid}0"),
        "ä".repeat(18),
    ];
    for text in otherwise {
        assert_eq!(bytes(&text).len(), text.len() + 2, "{text}");
    }
}

#[test]
fn a_uuid_is_text_to_every_type_that_asks_for_text() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Named {
        #[serde(rename = "67e55044-10b1-426f-9247-bb680e5fe0c8")]
        Plain,
        #[serde(rename = "00000000-0000-0000-0000-000000000000")]
        Holds(u8),
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Field {
        #[serde(rename = "ffffffff-ffff-ffff-ffff-ffffffffffff")]
        field: u8,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Id(uuid::Uuid),
        Text(String),
    }
    bytes(&[Named::Plain, Named::Holds(7)]);
    bytes(&Field { field: 7 });
    bytes(&[Either::Number(7), Either::Id(uuid::Uuid::nil()), Either::Text("x".to_owned())]);
}

#[test]
fn a_list_that_only_begins_with_bytes_is_a_list() {
    bytes(&(0x7fu8, 0x80u8, "text".to_owned(), 0xffu8));
    bytes(&(0xffu8, vec![0xffu8; 40], 300u16));
    bytes(&vec![Some(200u8), None, Some(1)]);
}

#[test]
fn a_list_or_a_map_of_another_length_than_it_said_is_whole() {
    struct Liar(usize, Vec<u16>);
    impl Serialize for Liar {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::{SerializeMap as _, SerializeSeq as _};
            if self.0.is_multiple_of(2) {
                let mut list = serializer.serialize_seq(Some(self.0))?;
                self.1.iter().try_for_each(|number| list.serialize_element(number))?;
                return list.end();
            }
            let mut map = serializer.serialize_map(Some(self.0))?;
            self.1.iter().try_for_each(|number| map.serialize_entry(number, &None::<u8>))?;
            map.end()
        }
    }
    for said in [0, 1, 16, 17, 70_000, 70_001] {
        for length in [0u16, 1, 20] {
            let list: Vec<u16> = (1_000..1_000 + length).collect();
            let bytes = encode(&Liar(said, list.clone())).unwrap();
            if said.is_multiple_of(2) {
                assert_eq!(decode(&bytes), Ok(list), "{said} {length}");
            } else {
                let map: BTreeMap<u16, Option<u8>> = decode(&bytes).unwrap();
                assert_eq!(map.into_keys().collect::<Vec<_>>(), list, "{said} {length}");
            }
        }
    }
}

#[test]
fn a_value_nested_too_deep_is_refused_while_it_is_written() {
    let nest = |times: usize| (0..times).fold(Shape::Point, |shape, _| Shape::Not(Box::new(shape)));
    assert!(encode(&nest(depth::ON_THE_CALLERS_STACK)).is_ok());
    let deep = depth::with_room(depth::MAX, || {
        let bytes = encode(&nest(depth::MAX)).map(|bytes| decode::<Shape>(&bytes).is_ok());
        (bytes, encode(&nest(depth::MAX + 1)))
    });
    assert_eq!(deep, Some((Ok(true), Err(Fault::TooDeep))));
}

#[test]
fn bytes_nested_too_deep_are_refused_and_do_not_overflow() {
    #[derive(Debug, Deserialize)]
    struct Nest {
        _inner: Option<Box<Nest>>,
    }
    assert!(decode::<Nest>(&vec![0x91; 100_000]).is_err());
    // `{"Not": {"Not": ...`, which the decoder's own limit does not see
    let nested = |times: usize| [b"\x81\xa3Not".repeat(times), b"\xa5Point".to_vec()].concat();
    assert!(decode::<Shape>(&nested(depth::MAX)).is_ok());
    assert!(decode::<Shape>(&nested(depth::MAX + 1)).is_err());
    assert!(decode::<Shape>(&nested(100_000)).is_err());
}

#[test]
fn options_and_newtypes_that_take_no_bytes_are_not_followed_for_ever() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Chain(Option<Box<Chain>>);
    let chain = (0..60).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
    assert_eq!(decode(&encode(&chain).unwrap()), Ok(chain));
    for bytes in [b"\x07".as_slice(), b"\x91\x07", b"\x80", b"\xa1x"] {
        assert!(decode::<Chain>(bytes).is_err(), "{bytes:?}");
        assert!(decode::<Vec<Chain>>(bytes).is_err(), "{bytes:?}");
    }
    let wrapped: Vec<Option<Option<Option<u8>>>> = vec![Some(Some(Some(7))); 10_000];
    assert_eq!(decode(&encode(&wrapped).unwrap()), Ok(wrapped), "side by side they are not deep");
}

#[test]
fn what_is_cut_short_or_has_something_behind_it_is_refused() {
    let bytes = encode(&(7u8, "ada", Some([1u16; 3]))).unwrap();
    for end in 0..bytes.len() {
        assert!(scan::depth_of_one_value(&bytes[..end]).is_none());
    }
    assert_eq!(scan::depth_of_one_value(&bytes), Some(2));
    assert!(decode::<(u8, String, Option<[u16; 3]>)>(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn a_length_that_only_promises_is_refused_before_anything_is_allocated() {
    assert!(decode::<Vec<[u64; 32]>>(b"\xdd\xff\xff\xff\xff\x01").is_err());
    assert!(decode::<String>(b"\xdb\xff\xff\xff\xffx").is_err());
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_decoded_without_a_panic(bytes: Vec<u8>) {
        let _ = decode::<Everything>(&bytes);
        let _ = decode::<Shape>(&bytes);
        let _ = decode::<BTreeMap<String, Vec<Option<f64>>>>(&bytes);
    }

    #[test]
    fn bytes_that_were_changed_are_decoded_without_a_panic(at: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&(7u8, "ada", Some([1u16; 3]), Shape::Line(1, 2))).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = decode::<(u8, String, Option<[u16; 3]>, Shape)>(&bytes);
    }
}
