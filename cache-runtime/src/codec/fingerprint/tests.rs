use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};

use super::{fingerprint, number};

/// The fingerprints of versions of one struct, each in a module of its own.
macro_rules! versions {
    ($type:ident: $($name:ident { $($definition:tt)* })*) => {{
        $(mod $name {
            use super::*;
            $($definition)*
        })*
        [$((stringify!($name), fingerprint::<$name::$type>(1))),*]
    }};
}

fn all_differ(found: &[(&str, u32)]) {
    for (at, (name, number)) in found.iter().enumerate() {
        let same = found[..at].iter().find(|(_, other)| other == number);
        assert!(same.is_none(), "`{name}` looks like {same:?}");
    }
}

macro_rules! shapes {
    ($($item:item)*) => {$(
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only its shape is looked at")]
        $item
    )*};
}

#[test]
fn a_change_of_a_struct_is_a_change_of_its_fingerprint() {
    let found = versions!(User:
        first { shapes! { pub(super) struct User { id: u32, name: String } } }
        added { shapes! { pub(super) struct User { id: u32, name: String, age: u8 } } }
        removed { shapes! { pub(super) struct User { id: u32 } } }
        renamed { shapes! { pub(super) struct User { id: u32, nick: String } } }
        widened { shapes! { pub(super) struct User { id: u64, name: String } } }
        retyped { shapes! { pub(super) struct User { id: String, name: String } } }
        optional { shapes! { pub(super) struct User { id: u32, name: Option<String> } } }
        listed { shapes! { pub(super) struct User { id: u32, name: Vec<String> } } }
        wrapped { shapes! { pub(super) struct User { id: Id, name: String } struct Id(u32); } }
        swapped { shapes! { pub(super) struct User { id: String, name: u32 } } }
    );
    all_differ(&found);
    let reordered = versions!(User:
        reordered { shapes! { pub(super) struct User { name: String, id: u32 } } }
    );
    assert_eq!(reordered[0].1, found[0].1);
}

#[test]
fn a_change_of_an_enum_is_a_change_of_its_fingerprint() {
    let found = versions!(Event:
        first { shapes! { pub(super) enum Event { Came, Went(u8), Said { what: String } } } }
        added { shapes! { pub(super) enum Event { Came, Went(u8), Said { what: String }, Sat } } }
        removed { shapes! { pub(super) enum Event { Came, Said { what: String } } } }
        renamed { shapes! { pub(super) enum Event { Came, Left(u8), Said { what: String } } } }
        retyped { shapes! { pub(super) enum Event { Came, Went(u16), Said { what: String } } } }
        filled { shapes! { pub(super) enum Event { Came(u8), Went(u8), Said { what: String } } } }
        longer { shapes! { pub(super) enum Event { Came, Went(u8, u8), Said { what: String } } } }
        field { shapes! { pub(super) enum Event { Came, Went(u8), Said { word: String } } } }
        of_field { shapes! { pub(super) enum Event { Came, Went(u8), Said { what: char } } } }
    );
    all_differ(&found);
    let reordered = versions!(Event:
        reordered { shapes! { pub(super) enum Event { Said { what: String }, Went(u8), Came } } }
    );
    assert_eq!(reordered[0].1, found[0].1);
}

#[test]
fn what_is_deep_inside_counts() {
    let found = versions!(Page:
        first { shapes! {
            pub(super) struct Page { posts: Vec<HashMap<String, Option<Box<Post>>>> }
            struct Post { kind: Kind }
            enum Kind { Short, Long(Inner) }
            enum Inner { A, B(u8) }
        } }
        changed { shapes! {
            pub(super) struct Page { posts: Vec<HashMap<String, Option<Box<Post>>>> }
            struct Post { kind: Kind }
            enum Kind { Short, Long(Inner) }
            enum Inner { A, B(u16) }
        } }
        key { shapes! {
            pub(super) struct Page { posts: Vec<BTreeMap<u8, Option<Box<Post>>>> }
            struct Post { kind: Kind }
            enum Kind { Short, Long(Inner) }
            enum Inner { A, B(u8) }
        } }
    );
    all_differ(&found);
}

#[test]
fn generic_types_of_one_name_are_told_apart() {
    shapes! {
        struct Both<A, B> { a: Page<A>, b: Page<B> }
        struct Page<T> { items: Vec<T> }
        struct User { id: u8 }
        struct Post { id: u8 }
    }
    let found = [
        ("users and posts", fingerprint::<Both<User, Post>>(1)),
        ("posts and users", fingerprint::<Both<Post, User>>(1)),
        ("users", fingerprint::<Both<User, User>>(1)),
        ("pages of users", fingerprint::<Both<Page<User>, User>>(1)),
        ("pages of posts", fingerprint::<Both<Page<Post>, User>>(1)),
    ];
    all_differ(&found);
}

/// What may not be renumbered: these are stored on servers.
#[test]
fn the_numbers_are_those_that_are_stored() {
    shapes! {
        struct User { id: u64, name: String, roles: Vec<Role>, born: Option<(i16, u8, u8)> }
        enum Role { Guest, Member(u32), Admin { of: BTreeMap<String, bool> } }
        struct Node { value: f64, next: Option<Box<Node>>, others: Vec<Node> }
    }
    let found = [
        fingerprint::<()>(1),
        fingerprint::<u64>(1),
        fingerprint::<String>(1),
        fingerprint::<Vec<Option<char>>>(1),
        fingerprint::<User>(1),
        fingerprint::<User>(2),
        fingerprint::<Node>(1),
        fingerprint::<serde_json::Value>(1),
    ];
    let stored = [
        3_321_007_339,
        1_404_222_631,
        353_959_429,
        4_250_530_336,
        1_789_102_174,
        2_367_699_866,
        28_167_608,
        3_946_628_380,
    ];
    assert_eq!(found, stored);
}

#[test]
fn types_that_contain_themselves_end() {
    shapes! {
        struct Node { next: Option<Box<Node>>, others: Vec<Node>, by_name: HashMap<String, Node> }
        enum Sum { Add(Box<Sum>, Box<Sum>, u8), Neg(Box<Sum>), Of(u8), All { of: Vec<Sum> } }
        enum SumWider { Add(Box<SumWider>, Box<SumWider>, u16), Neg(Box<SumWider>), Of(u8), All { of: Vec<SumWider> } }
        #[serde(rename = "Sum")]
        enum Reordered {
            Of(u8),
            All { of: Vec<Reordered> },
            Neg(Box<Reordered>),
            Add(Box<Reordered>, Box<Reordered>, u8),
        }
        enum Even { Zero, More(Box<Odd>) }
        enum Odd { More(Box<Even>) }
        enum Endless { More(Box<Endless>) }
    }
    let _ = (fingerprint::<Node>(1), fingerprint::<Even>(1), fingerprint::<Odd>(1));
    let _ = fingerprint::<Endless>(1);
    assert_ne!(fingerprint::<Sum>(1), fingerprint::<SumWider>(1));
    assert_eq!(fingerprint::<Sum>(1), fingerprint::<Reordered>(1));
}

/// Contains itself, without a name that would tell.
struct Bush;

impl<'de> Deserialize<'de> for Bush {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branches;
        impl<'de> Visitor<'de> for Branches {
            type Value = Bush;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("branches")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut branches: A) -> Result<Bush, A::Error> {
                while branches.next_element::<Bush>()?.is_some() {}
                Ok(Bush)
            }
        }
        deserializer.deserialize_seq(Branches)
    }
}

#[test]
fn a_type_that_grows_without_end_is_cut_off() {
    shapes! {
        struct Wide { a: Half, b: Half, c: Half, d: Half }
        struct Half { a: Fourth, b: Fourth, c: Fourth, d: Fourth }
        struct Fourth { a: Tiny, b: Tiny, c: Tiny, d: Tiny }
        struct Tiny { a: Tree, b: Tree, c: Tree, d: Tree }
        enum Tree { Leaf([u8; 32]), Two(Box<(Forest, Forest)>), Three(Box<(Forest, Wood)>) }
        enum Forest { None, Of(Vec<Tree>), Wood(Box<Wood>) }
        enum Wood { None, Of(Vec<Forest>), Tree(Box<Tree>) }
    }
    assert_ne!(fingerprint::<Wide>(1), 0);
    assert_ne!(fingerprint::<(Bush, Bush)>(1), fingerprint::<Bush>(1));
}

/// Text that has to be a date.
#[derive(Clone, Copy)]
struct Date;

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "2000-01-01" { Ok(Self) } else { Err(D::Error::custom("not a date")) }
    }
}

#[test]
fn what_is_rejected_does_not_hide_the_fields_after_it() {
    let found = versions!(Order:
        first { shapes! {
            pub(super) struct Order { at: Date, paid: Option<Date>, of: Vec<Line>, kind: Kind }
            struct Line { at: Date, amount: u8 }
            enum Kind { At(Date), Never, Soon { by: Date, or: u8 } }
        } }
        later_field { shapes! {
            pub(super) struct Order { at: Date, paid: Option<Date>, of: Vec<Line>, kind: Kind }
            struct Line { at: Date, amount: u16 }
            enum Kind { At(Date), Never, Soon { by: Date, or: u8 } }
        } }
        later_variant { shapes! {
            pub(super) struct Order { at: Date, paid: Option<Date>, of: Vec<Line>, kind: Kind }
            struct Line { at: Date, amount: u8 }
            enum Kind { At(Date), Never, Soon { by: Date, or: u16 } }
        } }
    );
    all_differ(&found);
}

#[test]
fn serde_attributes_change_it_as_they_change_the_encoding() {
    let found = versions!(User:
        plain { shapes! { pub(super) struct User { full_name: String, age: u8 } } }
        renamed { shapes! {
            #[serde(rename_all = "camelCase")]
            pub(super) struct User { full_name: String, age: u8 }
        } }
        skipped { shapes! { pub(super) struct User { full_name: String, #[serde(skip)] age: u8 } } }
        aliased { shapes! {
            pub(super) struct User { #[serde(alias = "name")] full_name: String, age: u8 }
        } }
        aliased_later { shapes! {
            pub(super) struct User { #[serde(alias = "name")] full_name: String, age: u16 }
        } }
        flattened { shapes! {
            pub(super) struct User { age: u8, #[serde(flatten)] names: Names }
            struct Names { full_name: String }
        } }
        flattened_other { shapes! {
            pub(super) struct User { age: u8, #[serde(flatten)] names: Names }
            struct Names { name: String }
        } }
        flattened_later { shapes! {
            pub(super) struct User { age: u16, #[serde(flatten)] names: Names }
            struct Names { full_name: String }
        } }
        tagged { shapes! { #[serde(tag = "kind")] pub(super) enum User { Guest, Named { name: String } } } }
        tagged_other { shapes! { #[serde(tag = "kind")] pub(super) enum User { Guest, Known { name: String } } } }
        tagged_by { shapes! { #[serde(tag = "is")] pub(super) enum User { Guest, Named { name: String } } } }
        beside { shapes! {
            #[serde(tag = "kind", content = "of")]
            pub(super) enum User { Guest(u8), Named { name: String } }
        } }
        beside_other { shapes! {
            #[serde(tag = "kind", content = "of")]
            pub(super) enum User { Guest(u8), Named { nick: String } }
        } }
    );
    all_differ(&found);
    let same = versions!(User:
        defaulted { shapes! { pub(super) struct User { full_name: String, #[serde(default)] age: u8 } } }
    );
    assert_eq!(same[0].1, found[0].1);
}

#[test]
fn a_deserialize_that_panics_is_seen_as_far_as_that() {
    struct Careless;
    impl<'de> Deserialize<'de> for Careless {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            // without the message that a panic prints
            std::panic::resume_unwind(Box::new(text));
        }
    }
    shapes! {
        struct Before { id: u8, careless: Careless }
        struct After { id: u16, careless: Careless }
    }
    assert_ne!(fingerprint::<Before>(1), fingerprint::<After>(1));
}

#[test]
fn where_a_panic_is_the_end_no_type_is_run_and_the_version_alone_counts() {
    struct Untouchable;
    impl<'de> Deserialize<'de> for Untouchable {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            unreachable!("it is not to be run")
        }
    }
    let found: HashSet<u32> = (0..1_000).map(|of| number::<Untouchable>(of, false)).collect();
    assert_eq!(found.len(), 1_000);
    assert!(!found.contains(&0));
    assert_eq!(number::<Untouchable>(1, false), number::<String>(1, false));
    assert_eq!(number::<String>(1, true), fingerprint::<String>(1));
    assert_ne!(number::<String>(1, false), fingerprint::<String>(1));
}

#[test]
fn the_types_of_the_standard_library_are_seen() {
    let found = [
        ("duration", fingerprint::<Duration>(1)),
        ("non-zero", fingerprint::<(NonZeroU64, u8)>(1)),
        ("non-zero, wider", fingerprint::<(NonZeroU64, u16)>(1)),
        ("address", fingerprint::<std::net::IpAddr>(1)),
        ("socket", fingerprint::<std::net::SocketAddr>(1)),
        ("result", fingerprint::<Result<u8, String>>(1)),
        ("set", fingerprint::<HashSet<u8>>(1)),
        ("range", fingerprint::<std::ops::Range<u8>>(1)),
        ("anything", fingerprint::<IgnoredAny>(1)),
        ("cell", fingerprint::<Cell<bool>>(1)),
    ];
    all_differ(&found);
}

#[test]
fn the_version_counts_and_the_number_is_never_zero() {
    let found: HashSet<u32> = (0..1_000).map(fingerprint::<String>).collect();
    assert_eq!(found.len(), 1_000);
    assert!(!found.contains(&0));
}
