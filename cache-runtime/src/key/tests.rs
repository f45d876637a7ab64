use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    fmt::Debug,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
    num::NonZero,
    rc::Rc,
    sync::Arc,
};

use proptest::{arbitrary::any, prelude::Strategy, prop_assert, prop_assert_eq, proptest};

use super::{Borrowed, KeyArg, KeyPart, KeyWriter, NONE};
use crate::key::rendered::Key;

fn rendered<T: KeyPart + ?Sized>(part: &T) -> String {
    let mut key = KeyWriter::new();
    key.part(part);
    String::from_utf8(key.as_bytes().to_vec()).expect("parts render as text")
}

fn argument<T: ?Sized>(arg: &(impl KeyArg<T> + ?Sized)) -> String {
    let mut key = KeyWriter::new();
    key.arg::<T, _>(arg);
    String::from_utf8(key.as_bytes().to_vec()).expect("arguments render as text")
}

#[test]
fn a_key_joined_by_hand_collides_and_this_one_does_not() {
    let by_hand = |id: &str, lang: Option<&str>| format!("user:{id}:{}", lang.unwrap_or("None"));
    let this_one =
        |id: &str, lang: Option<&str>| format!("user:{}:{}", rendered(id), rendered(&lang));
    for (one, two) in [(("a:b", Some("c")), ("a", Some("b:c"))), (("a", None), ("a", Some("None")))]
    {
        assert_eq!(by_hand(one.0, one.1), by_hand(two.0, two.1));
        assert_ne!(this_one(one.0, one.1), this_one(two.0, two.1));
    }
}

#[test]
fn parts_render_as_documented() {
    assert_eq!(rendered(&-7_i64), "-7");
    assert_eq!(rendered(&u128::MAX), "340282366920938463463374607431768211455");
    assert_eq!(rendered(&NonZero::new(5_u8)), "5");
    assert_eq!(rendered(&true), "true");
    assert_eq!(rendered(&'ä'), "ä");
    assert_eq!(rendered("日本 Привет 💥"), "日本%20Привет%20💥");
    assert_eq!(rendered("\0\n\u{7f}\u{85}\u{9b}\u{a0}"), "%00%0A%7F%C2%85%C2%9B\u{a0}");
    assert_eq!(rendered("a-B_9.@+"), "a-B_9.@+");
    assert_eq!(rendered("a:b{c}<d>(e,)!%"), "a%3Ab%7Bc%7D%3Cd%3E%28e%2C%29%21%25");
    assert_eq!(rendered(""), "");
    assert_eq!(rendered(&[1, 2]), "(1,2,)");
    assert_eq!(rendered(&("a", Some(1), None::<u8>)), "(a,1,!,)");
    assert_eq!(rendered(&(1,)), "(1,)");
    assert_eq!(rendered(&BTreeSet::from([2, 1])), "(1,2,)");
    assert_eq!(rendered(&Cow::Borrowed("x")), "x");
    assert_eq!(rendered(&Ipv4Addr::LOCALHOST), "127.0.0.1");
    assert_eq!(rendered(&Ipv6Addr::LOCALHOST), "%3A%3A1");
    assert_eq!(rendered(&SocketAddr::from(([127, 0, 0, 1], 80))), "(127.0.0.1,80,)");
}

#[test]
fn letters_of_every_script_take_no_more_room_in_a_key_than_in_memory() {
    for letters in ["日".repeat(341), "п".repeat(511), "💥".repeat(255)] {
        let key = rendered(&letters);
        assert_eq!(key, letters);
        assert!(Key::new(key.as_bytes()).is_some());
    }
}

#[test]
fn pointers_render_as_their_target() {
    let text = "a b";
    for same in [
        rendered(&text),
        rendered(&&text),
        rendered(&Box::<str>::from(text)),
        rendered(&Rc::<str>::from(text)),
        rendered(&Arc::<str>::from(text)),
        rendered(&text.to_owned()),
    ] {
        assert_eq!(same, "a%20b");
    }
}

#[test]
fn every_level_of_none_is_told_apart() {
    assert_eq!(rendered(&None::<Option<Option<u8>>>), "!");
    assert_eq!(rendered(&Some(None::<Option<u8>>)), "!!");
    assert_eq!(rendered(&Some(Some(None::<u8>))), "!!!");
    assert_eq!(rendered(&Some(Some(Some(1)))), "1");
    assert_eq!(rendered(&Some("!")), "%21");
    assert_eq!(rendered(&Some("")), "");
}

#[test]
fn addresses_that_differ_in_the_flow_label_are_told_apart() {
    let [one, two] = [1, 2].map(|flow| SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, flow, 0));
    assert_ne!(rendered(&one), rendered(&two));
}

#[test]
fn a_key_of_any_length_is_the_same_before_and_after_the_spill() {
    for length in 80..120 {
        for step in [1, 2, 3, 7, length] {
            let text = "abcdefghij".repeat(12);
            let mut key = KeyWriter::new();
            for chunk in text.as_bytes()[..length].chunks(step) {
                key.literal(std::str::from_utf8(chunk).expect("ASCII"));
            }
            key.literal("");
            assert_eq!(key.as_bytes(), &text.as_bytes()[..length]);
        }
    }
}

#[test]
fn the_mark_of_a_nested_none_survives_the_spill() {
    for length in 90..100 {
        let text = "x".repeat(length);
        let mut key = KeyWriter::new();
        key.literal(&text);
        key.part(&Some(Some(None::<u8>)));
        assert_eq!(key.as_bytes(), format!("{text}!!!").as_bytes());
    }
}

#[test]
fn a_reference_accepts_the_forms_that_render_alike() {
    for same in [
        argument::<String>("a b"),
        argument::<String>(&"a b"),
        argument::<String>(&&"a b"),
        argument::<str>(&"a b".to_owned()),
        argument::<str>(&&"a b".to_owned()),
        argument::<Arc<str>>(&"a b"),
        argument::<Cow<'_, str>>(&"a b".to_owned()),
        argument::<Option<String>>(&Some("a b")),
        argument::<Option<&str>>(&Some("a b".to_owned())),
    ] {
        assert_eq!(same, "a%20b");
    }
    for same in [
        argument::<[u64]>(&vec![1, 2]),
        argument::<[u64]>(&[1, 2]),
        argument::<Vec<u64>>(&[1, 2]),
        argument::<Vec<u64>>(&&[1_u64, 2][..]),
        argument::<Vec<String>>(&["1", "2"]),
    ] {
        assert_eq!(same, "(1,2,)");
    }
    assert_eq!(argument::<Option<String>>(&NONE), "!");
    assert_eq!(argument::<Option<Option<u8>>>(&NONE), "!");
}

#[test]
fn literals_in_a_reference_infer_their_type() {
    assert_eq!(argument::<u64>(&1), "1");
    assert_eq!(argument::<Option<u8>>(&Some(1)), "1");
    assert_eq!(argument::<(u8, i64)>(&(1, -2)), "(1,-2,)");
}

#[test]
fn a_borrowed_argument_comes_in_every_pointer() {
    fn length(text: &(impl Borrowed<str> + ?Sized)) -> usize {
        text.borrowed().len()
    }
    fn field(pair: &(impl Borrowed<(u8, u8)> + ?Sized)) -> u8 {
        pair.borrowed().1
    }
    assert_eq!(length("abc") + length(&"abc") + length(&"abc".to_owned()), 9);
    assert_eq!(length(&Arc::<str>::from("abc")), 3);
    assert_eq!(field(&(1, 2)) + field(&&(1, 2)) + field(&Arc::new((1, 2))), 6);
}

#[cfg(feature = "uuid")]
#[test]
fn a_uuid_renders_hyphenated() {
    assert_eq!(rendered(&uuid::Uuid::nil()), "00000000-0000-0000-0000-000000000000");
}

#[cfg(feature = "time")]
#[test]
fn dates_of_time_render_as_their_text() {
    let date = time::Date::from_ordinal_date(2026, 1).expect("the first of January");
    assert_eq!(rendered(&date), "2026-01-01");
    assert_eq!(
        rendered(&date.midnight().assume_utc()),
        "2026-01-01%200%3A00%3A00.0%20%2B00%3A00%3A00".replace("%2B", "+")
    );
}

#[cfg(feature = "chrono")]
#[test]
fn dates_of_chrono_render_as_their_text() {
    let start = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH;
    assert_eq!(rendered(&start), "1970-01-01%2000%3A00%3A00%20UTC");
    assert_eq!(rendered(&start.date_naive()), "1970-01-01");
}

#[cfg(feature = "jiff")]
#[test]
fn dates_of_jiff_render_as_their_text() {
    assert_eq!(rendered(&jiff::Timestamp::UNIX_EPOCH), "1970-01-01T00%3A00%3A00Z");
    assert_eq!(rendered(&jiff::civil::date(2026, 1, 2)), "2026-01-02");
}

/// Two values that are often equal, or differ in one place only.
fn pair<T: Clone + Debug>(
    values: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = (T, T)> {
    (values.clone(), values, any::<bool>())
        .prop_map(|(one, two, same)| if same { (one.clone(), one) } else { (one, two) })
}

/// Text that is dense in the characters that mean something in a key.
fn text() -> impl Strategy<Value = String> + Clone {
    proptest::prop_oneof![
        "[a!(),%:<>{}A-F0-9 ]{0,6}",
        "\\PC{0,4}",
        "[äé日Ā\u{a0}\u{80}-\u{9f}%C2]{0,4}",
        any::<String>(),
        "[a-z]{90,100}"
    ]
}

proptest! {
    #[test]
    fn texts_never_collide((one, two) in pair(text())) {
        prop_assert_eq!(one == two, rendered(&one) == rendered(&two));
    }

    #[test]
    fn bytes_never_collide((one, two) in pair(proptest::collection::vec(any::<u8>(), 0..40))) {
        prop_assert_eq!(one == two, rendered(&one) == rendered(&two));
    }

    #[test]
    fn nested_lists_never_collide(
        (one, two) in pair(proptest::collection::vec(proptest::collection::vec(text(), 0..3), 0..3)),
    ) {
        prop_assert_eq!(one == two, rendered(&one) == rendered(&two));
    }

    #[test]
    fn nested_options_never_collide(
        (one, two) in pair(any::<Vec<Option<Option<Option<(String, Option<bool>)>>>>>()),
    ) {
        prop_assert_eq!(one == two, rendered(&one) == rendered(&two));
    }

    #[test]
    fn tuples_never_collide(
        (one, two) in pair((text(), text(), proptest::option::of(text()), any::<i8>())),
    ) {
        prop_assert_eq!(one == two, rendered(&one) == rendered(&two));
    }

    #[test]
    fn several_placeholders_never_collide((one, two) in pair((text(), proptest::option::of(text())))) {
        let key = |(id, lang): &(String, Option<String>)| {
            let mut key = KeyWriter::new();
            key.literal("user:");
            key.part(id);
            key.literal(":");
            key.part(lang);
            key.as_bytes().to_vec()
        };
        prop_assert_eq!(one == two, key(&one) == key(&two));
    }

    #[test]
    fn a_rendered_part_holds_no_separator(part in any::<Vec<(String, Option<char>)>>()) {
        let separators = |c: char| ":{}<>/ |*?[]\\^".contains(c) || c.is_control();
        prop_assert!(!rendered(&part).contains(separators));
    }

    #[test]
    fn an_argument_renders_as_the_part(one in text(), many in any::<Vec<Option<String>>>()) {
        prop_assert_eq!(argument::<String>(one.as_str()), rendered(&one));
        prop_assert_eq!(argument::<Vec<Option<String>>>(&many), rendered(&many));
    }
}

#[test]
fn integers_of_one_type_never_collide() {
    let keys: HashSet<_> = (i16::MIN..=i16::MAX).map(|integer| rendered(&integer)).collect();
    assert_eq!(keys.len(), 1 << 16);
}
