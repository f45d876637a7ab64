//! Values of all kinds, through all encodings: what comes back is equal to what went in, or the value is refused with
//! its reason.

use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::fmt::{self, Debug};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU8, Wrapping};
use std::ops::{Bound, Range};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::*;
use crate::policy::{Codec, Compression};

/// Sends a value through both ways that it can take: proven, as in a debug build and as the first ones are, and not.
fn through<V>(name: &str, value: &V, codec: Codec) -> Result<(), Flaw>
where
    V: Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static,
{
    for compression in [Compression::None, Compression::Lz4] {
        let encoding = Encoding { codec, compression };
        let (_, back) = carried(value, encoding, Some(equal::<V>))?;
        assert!(&back == value, "{name}, {codec:?}: {back:?}");
        let (_, back) = carried(value, encoding, None)?;
        assert!(&back == value, "{name}, {codec:?}: {back:?}");
        let Encoded { bytes, codec: number, compressed, plain_len } = encode_as(value, encoding)?;
        let back = decode_as(&bytes, number, compressed, plain_len);
        assert!(back.as_ref() == Ok(value), "{name}, {codec:?}: {back:?}");
    }
    Ok(())
}

/// Each shape, in `MessagePack` and in JSON.
macro_rules! carries {
    ($($test:ident { $($name:literal: $value:expr, $json:expr;)* })*) => {$(
        #[test]
        fn $test() {
            $({
                let value = $value;
                assert_eq!(through($name, &value, Codec::MessagePack), Ok(()), $name);
                assert_eq!(through($name, &value, Codec::Json), $json, "{} in JSON", $name);
            })*
        }
    )*};
}

macro_rules! types {
    ($($item:item)*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        $item
    )*};
}

types! {
    struct Unit;
    struct Newtype(u8);
    struct Pair(u8, String);
    struct Fields { id: u64, name: String }
    struct Nested { one: Option<Option<u32>>, two: Option<Option<Option<()>>>, unit: Option<Unit> }
    enum Outside { Plain, One(u8), Two(u8, String), Named { ip: IpAddr }, Maybe(Option<()>) }
    #[serde(tag = "type")]
    enum Inside { Plain, Login { ip: IpAddr, from: SocketAddr, at: Option<Option<u8>> }, Of(Fields) }
    #[serde(tag = "type", content = "of")]
    enum Beside { Plain, One(IpAddr), Wide(i128), Two(u8, Option<()>), Named { bytes: Vec<u8> } }
    #[serde(untagged)]
    enum Untagged { Ip(IpAddr), Number(u64), Float(f64), Bytes(Binary), List(Vec<Untagged>), Nothing(()) }
    struct Flat { id: u32, #[serde(flatten)] rest: Rest, #[serde(flatten)] more: BTreeMap<String, serde_json::Value> }
    struct Rest { ip: IpAddr, uuid: uuid::Uuid, list: Vec<u8>, maybe: Option<Option<u8>>, set: BTreeSet<char> }
    struct Skipped { #[serde(default, skip_serializing_if = "Option::is_none")] name: Option<String>, id: u8 }
    #[serde(rename_all = "camelCase")]
    struct Renamed { #[serde(alias = "fullName")] full_name: String, r#type: u8 }
    #[serde(from = "u8", into = "u8")]
    struct Into(u8);
    struct Borrowed { text: Cow<'static, str>, boxed: Box<str>, list: Box<[u8]> }
    struct Tree { children: Vec<Tree>, by_name: BTreeMap<String, Tree> }
    enum Expression { Number(u8), Not(Box<Expression>), Call { of: Box<Call> } }
    struct Call { arguments: Vec<Expression> }
    #[serde(tag = "kind")]
    enum Document { Leaf, Section { of: Vec<Document> } }
    #[serde(tag = "type")]
    enum Wide { Number { number: i128 } }
    struct FlatWide { #[serde(flatten)] wide: WideInside }
    struct WideInside { number: u128 }
    #[serde(untagged)]
    enum UntaggedWide { Number(u128), Text(String) }
}

impl From<u8> for Into {
    fn from(number: u8) -> Self {
        Self(number / 2)
    }
}

impl From<Into> for u8 {
    fn from(into: Into) -> Self {
        into.0 * 2
    }
}

/// Bytes that ask to be written as such.
#[derive(Clone, Debug, PartialEq)]
struct Binary(Vec<u8>);

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Binary;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Binary, E> {
                Ok(Binary(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

const LOST: Result<(), Flaw> = Err(Flaw::SomeOfNull);
const REFUSED: Result<(), Flaw> = Err(Flaw::Refused);
const UNREADABLE: Result<(), Flaw> = Err(Flaw::Unreadable);

fn ip() -> IpAddr {
    Ipv4Addr::new(10, 0, 0, 1).into()
}

fn socket() -> SocketAddr {
    (Ipv6Addr::LOCALHOST, 443).into()
}

fn rest() -> Rest {
    let (list, set) = ((0..=255).collect(), ['a', 'ß'].into());
    Rest { ip: ip(), uuid: uuid::Uuid::from_u128(7 << 90), list, maybe: None, set }
}

fn json() -> serde_json::Value {
    serde_json::json!({"a": [1, -1, 0.5, 1.0, null, "x", {}], "b": {"c": true}, "d": u64::MAX, "e": [0, 255]})
}

fn tree(levels: u32) -> Tree {
    let leaf = Tree { children: Vec::new(), by_name: BTreeMap::new() };
    (1..levels).fold(leaf, |tree, level| match level % 2 {
        0 => Tree { children: vec![tree], by_name: BTreeMap::new() },
        _ => Tree { children: Vec::new(), by_name: BTreeMap::from([("x".to_owned(), tree)]) },
    })
}

fn calls(levels: u32) -> Expression {
    (1..levels).fold(Expression::Number(7), |expression, _| {
        let arguments = vec![expression];
        Expression::Call { of: Box::new(Call { arguments }) }
    })
}

fn document(levels: u32) -> Document {
    (1..levels).fold(Document::Leaf, |document, _| Document::Section { of: vec![document] })
}

carries! {
    scalars_come_back {
        "bool": true, Ok(());
        "integers": (u8::MAX, i16::MIN, u32::MAX, i64::MIN, u64::MAX, 0u8, -1i8, -33i8, 128u8), Ok(());
        "wide integers": (i128::MIN, i128::MAX, u128::MAX, 7u128, -7i128), Ok(());
        "floats": (0.1f32, 0.1f64, f64::MIN_POSITIVE, -0.0f64, 1e300, f32::MAX), Ok(());
        "infinity": f64::INFINITY, Err(Flaw::NotFinite);
        "some infinity": Some(f32::NEG_INFINITY), LOST;
        "char": ('a', 'ß', '\0', '😀'), Ok(());
        "text": vec![String::new(), "\"\\\n\0😀".to_owned(), "x".repeat(70_000)], Ok(());
        "unit": (), Ok(());
        "non-zero": (NonZeroU8::MIN, Wrapping(7i8)), Ok(());
    }
    options_come_back {
        "none": None::<u8>, Ok(());
        "some": Some(7u8), Ok(());
        "some none": Some(None::<u8>), LOST;
        "some some none": Some(Some(None::<u8>)), LOST;
        "some unit": Some(()), LOST;
        "some unit struct": Some(Unit), LOST;
        "some null": Some(serde_json::Value::Null), LOST;
        "options in a struct": Nested { one: Some(None), two: Some(Some(Some(()))), unit: Some(Unit) }, LOST;
        "nothing in a struct": Nested { one: None, two: None, unit: None }, Ok(());
        "options in a list": vec![Some(None), None, Some(Some(1u8))], LOST;
        "options in a map": HashMap::from([(1u8, Some(None::<u8>)), (2, None)]), LOST;
        "options in an enum": vec![Outside::Maybe(Some(())), Outside::Maybe(None)], LOST;
    }
    bytes_come_back {
        "bytes": (0..=255).cycle().take(70_000).collect::<Vec<u8>>(), Ok(());
        "no bytes": Vec::<u8>::new(), Ok(());
        "an array of bytes": [0xffu8; 32], Ok(());
        "bytes in a tuple": (1u8, 255u8, 3u8), Ok(());
        "optional bytes": vec![Some(200u8), None], Ok(());
        "boxed bytes": Box::<[u8]>::from([1, 2, 200]), Ok(());
        "signed bytes": vec![-1i8; 300], Ok(());
        "bytes as such": vec![Binary(vec![0xff; 300]), Binary(Vec::new())], UNREADABLE;
        "bytes of a newtype": vec![Newtype(200); 40], Ok(());
    }
    collections_come_back {
        "list": VecDeque::from([1u64, u64::MAX]), Ok(());
        "set": (0..1_000u32).collect::<HashSet<_>>(), Ok(());
        "map": (0..100u8).map(|n| (n.to_string(), n)).collect::<HashMap<_, _>>(), Ok(());
        "map by number": HashMap::from([(7i64, 'x'), (-7, 'y')]), Ok(());
        "map by pair": BTreeMap::from([((1u8, 2u8), 3u8)]), REFUSED;
        "map by variant": BTreeMap::from([("plain".to_owned(), Outside::Plain)]), Ok(());
        "map of maps": BTreeMap::from([(1u8, BTreeMap::from([(2u8, Vec::<()>::new())]))]), Ok(());
        "units": vec![(); 20], Ok(());
        "heap": BinaryHeap::from([3u8, 1, 2]).into_sorted_vec(), Ok(());
        "json": json(), Ok(());
    }
    structs_and_enums_come_back {
        "unit struct": Unit, Ok(());
        "tuple struct": (Newtype(7), Pair(7, "ada".to_owned())), Ok(());
        "struct": Fields { id: u64::MAX, name: "Ada".to_owned() }, Ok(());
        "enum": vec![Outside::Plain, Outside::One(7), Outside::Two(7, String::new()), Outside::Named { ip: ip() }], Ok(());
        "tagged": vec![Inside::Plain, Inside::Login { ip: ip(), from: socket(), at: Some(Some(7)) }], Ok(());
        "tagged struct": Inside::Of(Fields { id: 7, name: "Ada".to_owned() }), Ok(());
        "tagged some none": Inside::Login { ip: ip(), from: socket(), at: Some(None) }, LOST;
        "adjacent": vec![Beside::Plain, Beside::One(ip()), Beside::Wide(i128::MIN)], Ok(());
        "adjacent, more": vec![Beside::Two(7, None), Beside::Named { bytes: vec![0xff; 99] }], Ok(());
        "untagged": vec![Untagged::Ip(socket().ip()), Untagged::Number(7), Untagged::Float(7.0), Untagged::Nothing(())], Ok(());
        "untagged list": Untagged::List(vec![Untagged::List(Vec::new()), Untagged::Number(255)]), Ok(());
        "flattened": Flat { id: 7, rest: rest(), more: BTreeMap::from([("json".to_owned(), json())]) }, Ok(());
        "flattened some none": Rest { maybe: Some(None), ..rest() }, LOST;
        "skipped": vec![Skipped { name: None, id: 7 }, Skipped { name: Some(String::new()), id: 8 }], Ok(());
        "renamed": Renamed { full_name: "Ada".to_owned(), r#type: 7 }, Ok(());
        "converted": Into(7), Ok(());
        "borrowed": Borrowed { text: "ada".into(), boxed: "king".into(), list: [200, 1].into() }, Ok(());
        "result": vec![Ok(7u8), Err("down".to_owned())], Ok(());
    }
    types_of_libraries_come_back {
        "addresses": (ip(), socket(), Ipv6Addr::LOCALHOST), Ok(());
        "times": (Duration::from_nanos(1), SystemTime::UNIX_EPOCH + Duration::MAX / 1_000_000_000), Ok(());
        "ranges": (Range { start: 1u8, end: 7 }, Bound::Included(7u8), Bound::<u8>::Unbounded), Ok(());
        "path": PathBuf::from("/data/ä"), Ok(());
        "uuid": vec![uuid::Uuid::nil(), uuid::Uuid::from_u128(u128::MAX)], Ok(());
        "date": chrono::NaiveDate::from_ymd_opt(2026, 2, 28), Ok(());
        "moment": chrono::DateTime::from_timestamp(1_700_000_000, 123_456_789), Ok(());
    }
    trees_come_back {
        "tree, 64 levels": tree(64), Ok(());
        "enums, 64 levels": calls(64), Ok(());
        "tagged, 64 levels": document(64), Ok(());
        "boxes": (0..64).fold(Expression::Number(1), |of, _| Expression::Not(Box::new(of))), Ok(());
    }
}

#[test]
fn what_serde_does_not_read_is_refused_by_its_reason() {
    for codec in [Codec::MessagePack, Codec::Json] {
        let wide = Wide::Number { number: 7 };
        assert_eq!(through("tagged", &wide, codec), UNREADABLE);
        let wide = FlatWide { wide: WideInside { number: u128::MAX } };
        assert_eq!(through("flattened", &wide, codec), UNREADABLE);
        assert_eq!(through("untagged", &UntaggedWide::Number(7), codec), UNREADABLE);
        assert_eq!(through("untagged", &UntaggedWide::Text("x".to_owned()), codec), Ok(()));
    }
}

#[test]
fn what_is_nested_deeper_than_is_followed_is_refused() {
    for codec in [Codec::MessagePack, Codec::Json] {
        let deep = tree(300);
        assert_eq!(through("tree", &deep, codec), Err(Flaw::TooDeep));
    }
}

types! {
    struct Forgetful { id: u8, #[serde(skip)] password: String }
    struct Defaulted { #[serde(default, skip_deserializing)] id: u8 }
    struct Never { #[serde(skip_serializing, default)] id: u8 }
    #[serde(untagged)]
    enum Ambiguous { Name(String), Date(chrono::NaiveDate) }
    struct SkippedIf { #[serde(default = "seven", skip_serializing_if = "Option::is_none")] id: Option<u8> }
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an option")]
fn seven() -> Option<u8> {
    Some(7)
}

/// What the encoding alone tells of a change, and what it takes `PartialEq` for.
#[test]
fn what_comes_back_different_is_refused() {
    fn refused<V>(value: &V) -> [bool; 2]
    where
        V: Serialize + DeserializeOwned + PartialEq + Debug + Send + Sync + 'static,
    {
        let encoding = Encoding { codec: Codec::MessagePack, compression: Compression::None };
        [None, Some(equal::<V> as fn(&dyn Any, &dyn Any) -> bool)]
            .map(|same| carried(value, encoding, same).err() == Some(Flaw::Changed))
    }
    let date = chrono::NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
    assert_eq!(refused(&Forgetful { id: 1, password: "x".to_owned() }), [false, true]);
    assert_eq!(refused(&Forgetful { id: 1, password: String::new() }), [false, false]);
    assert_eq!(refused(&Never { id: 7 }), [false, true]);
    assert_eq!(refused(&Defaulted { id: 7 }), [true, true]);
    assert_eq!(refused(&Defaulted { id: 0 }), [false, false]);
    assert_eq!(refused(&Ambiguous::Date(date)), [false, true]);
    assert_eq!(refused(&SkippedIf { id: None }), [true, true]);
    assert_eq!(refused(&vec![f64::NAN]), [false, false]);
}
