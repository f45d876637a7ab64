use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::super::message_pack;
use super::*;

fn number<V: Serialize + Sync>(value: &V) -> u64 {
    digest(value).unwrap().number
}

/// What a program would read of what another version of it has stored: `None` if it takes it for what it is not.
fn read<Old, New>(old: &Old) -> Option<()>
where
    Old: Serialize + Sync,
    New: Serialize + for<'de> Deserialize<'de> + Send + Sync,
{
    let bytes = message_pack::encode(old).unwrap();
    let new = message_pack::decode::<New>(&bytes).ok()?;
    (number(old) == number(&new)).then_some(())
}

macro_rules! shapes {
    ($($item:item)*) => {$(
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        $item
    )*};
}

mod first {
    use super::*;

    shapes! {
        pub(super) struct User { pub(super) id: u32, pub(super) name: Option<String>, pub(super) kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
}

/// The same with one change each; all of these decode what the first version has written.
macro_rules! versions {
    ($($name:ident { $($definition:item)* })*) => {$(
        mod $name {
            use super::*;
            shapes! { $($definition)* }
        }
    )*};
}

versions! {
    reordered {
        pub(super) struct User { kind: Kind, name: Option<String>, id: u32 }
        #[serde(tag = "of")]
        pub(super) enum Kind { Member { since: Option<u16> }, #[default] Guest }
    }
    renamed {
        pub(super) struct User { id: u32, nick: Option<String>, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    added {
        pub(super) struct User { id: u32, name: Option<String>, kind: Kind, age: Option<u8> }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    added_and_skipped {
        pub(super) struct User {
            id: u32,
            name: Option<String>,
            kind: Kind,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            age: Option<u8>
        }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    removed {
        pub(super) struct User { id: u32, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    retyped {
        pub(super) struct User { id: f64, name: Option<String>, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    wrapped {
        pub(super) struct User { id: Id, name: Option<String>, kind: Kind }
        pub(super) struct Id(u32);
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    widened {
        pub(super) struct User { id: u64, name: Option<String>, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
    renamed_inside_of_what_is_tagged {
        pub(super) struct User { id: u32, name: Option<String>, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { from: Option<u16> } }
    }
    renamed_itself {
        #[serde(rename = "Account")]
        pub(super) struct User { id: u32, name: Option<String>, kind: Kind }
        #[serde(tag = "of")]
        pub(super) enum Kind { #[default] Guest, Member { since: Option<u16> } }
    }
}

#[test]
fn a_value_of_another_version_of_a_type_is_told_although_it_decodes() {
    let kind = first::Kind::Member { since: Some(1_815) };
    let old = first::User { id: 7, name: Some("Ada".to_owned()), kind };
    assert_eq!(read::<_, first::User>(&old), Some(()));
    assert_eq!(read::<_, reordered::User>(&old), Some(()));
    // the number is what it was
    assert_eq!(read::<_, widened::User>(&old), Some(()));
    assert_eq!(read::<_, renamed::User>(&old), None);
    assert_eq!(read::<_, added::User>(&old), None);
    assert_eq!(read::<_, added_and_skipped::User>(&old), None);
    assert_eq!(read::<_, removed::User>(&old), None);
    assert_eq!(read::<_, retyped::User>(&old), None);
    assert_eq!(read::<_, wrapped::User>(&old), None);
    assert_eq!(read::<_, renamed_inside_of_what_is_tagged::User>(&old), None);
    assert_eq!(read::<_, renamed_itself::User>(&old), None);
}

/// What may not be renumbered: these are stored on servers.
#[test]
fn the_numbers_are_those_that_are_stored() {
    let kind = first::Kind::Member { since: None };
    let user = first::User { id: 7, name: Some("Ada King".to_owned()), kind };
    let found = [
        number(&()),
        number(&7u8),
        number(&-7i64),
        number(&0.5f32),
        number(&"twelve bytes"),
        number(&vec![1u8, 2, 3]),
        number(&BTreeMap::from([(1u8, Some(false))])),
        number(&user),
    ];
    let stored = [
        9,
        15_812_997_033_863_020_221,
        1_902_245_676_432_028_018,
        11_521_266_508_160_137_236,
        15_560_040_665_792_106_146,
        3_399_862_366_557_376_358,
        14_814_171_998_412_224_363,
        6_361_583_685_849_254_398,
    ];
    assert_eq!(found, stored);
}

#[test]
fn the_order_of_what_has_none_does_not_count() {
    let set: HashSet<u32> = (0..1_000).collect();
    let (same, other): (HashSet<u32>, HashSet<u32>) =
        ((0..1_000).rev().collect(), (1..1_001).collect());
    assert_eq!(number(&set), number(&same));
    assert_ne!(number(&set), number(&other));
    let map: HashMap<String, u32> = (0..100).map(|n| (n.to_string(), n)).collect();
    let same: HashMap<String, u32> = (0..100).rev().map(|n| (n.to_string(), n)).collect();
    assert_eq!(number(&map), number(&same));
    assert_ne!(number(&(1, 2)), number(&(2, 1)));
}

#[test]
fn what_is_alike_in_an_encoding_is_told_apart() {
    let found = [
        number(&None::<Option<()>>),
        number(&Some(None::<()>)),
        number(&Some(Some(()))),
        number(&Some(())),
        number(&()),
        number(&Vec::<u8>::new()),
        number(&BTreeMap::<u8, u8>::new()),
        number(&""),
        number(&0u8),
        number(&0.0f64),
        number(&-0.0f64),
        number(&false),
        number(&"0"),
        number(&vec![0u8]),
        number(&vec![0u8, 0]),
        number(&(0u8, 0u8)),
        number(&u64::MAX),
        number(&u128::MAX),
        number(&-1i8),
        number(&i128::MIN),
        number(&BTreeMap::from([(1u8, 2u8)])),
        number(&BTreeMap::from([(2u8, 1u8)])),
        number(&vec![vec![1u8], vec![2]]),
        number(&vec![vec![1u8, 2], vec![]]),
    ];
    assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len(), "{found:?}");
}

#[test]
fn a_number_is_the_same_whatever_it_is_kept_in() {
    assert_eq!(number(&7u8), number(&7i128));
    assert_eq!(number(&7u8), number(&7u64));
    assert_eq!(number(&-7i8), number(&-7i128));
    assert_eq!(number(&u64::MAX), number(&u128::from(u64::MAX)));
    assert_eq!(number(&i128::MAX), number(&i128::MAX.cast_unsigned()));
    assert_eq!(number(&0.5f32), number(&0.5f64));
}

#[test]
fn what_json_cannot_hold_is_seen() {
    let seen = |digest: Digest| (digest.some_of_null, digest.not_finite);
    assert_eq!(seen(digest(&(None::<u8>, (), 1.0)).unwrap()), (false, false));
    assert_eq!(seen(digest(&vec![Some(None::<u8>)]).unwrap()), (true, false));
    assert_eq!(seen(digest(&f32::INFINITY).unwrap()), (false, true));
    assert_eq!(seen(digest(&Some(f64::NAN)).unwrap()), (true, true));
}

#[test]
fn a_value_nested_too_deep_is_refused_and_does_not_overflow() {
    #[derive(Serialize)]
    struct Nest(Option<Box<(Nest,)>>);
    let nest = |times| (0..times).fold(Nest(None), |nest, _| Nest(Some(Box::new((nest,)))));
    assert_eq!(digest(&nest(7)).unwrap().depth, 7);
    assert_eq!(digest(&nest(depth::MAX)).unwrap().depth, depth::MAX);
    assert_eq!(digest(&nest(depth::MAX + 1)), Err(Fault::TooDeep));
    // far more than any stack has room for
    let mut deep = nest(1_000_000);
    assert_eq!(digest(&deep), Err(Fault::TooDeep));
    // nor does a drop
    while let Some(inner) = deep.0.take() {
        deep = inner.0;
    }
}

#[test]
fn a_chain_of_options_and_newtypes_is_too_deep_as_well() {
    #[derive(Serialize)]
    struct Chain(Option<Box<Chain>>);
    let chain = |links| (0..links).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
    assert!(digest(&chain(100)).unwrap().depth <= depth::ON_THE_CALLERS_STACK);
    assert!(digest(&chain(500)).unwrap().depth > depth::ON_THE_CALLERS_STACK);
    let mut deep = chain(1_000_000);
    assert_eq!(digest(&deep), Err(Fault::TooDeep));
    while let Some(inner) = deep.0.take() {
        deep = *inner;
    }
}
