//! Assertions on what became of a call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cache_runtime::{bypass, refresh, testing};

use super::{MINUTE, change, get};
use crate::support::now;

/// What it panics with.
fn message<T>(act: impl FnOnce() -> T) -> String {
    let held = catch_unwind(AssertUnwindSafe(act)).map(drop);
    let panic = held.expect_err("it does not hold");
    panic.downcast_ref::<String>().expect("a message with arguments").clone()
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "expected `{part}` in:\n{message}");
    }
}

#[test]
fn an_assertion_that_holds_returns_what_the_call_does() {
    let cache = testing::isolate();
    assert_eq!(now(testing::assert_miss(get(1, 7))), 7);
    assert_eq!(now(testing::assert_hit(get(1, 8))), 7);
    assert_eq!(now(testing::assert_bypass(bypass(get(1, 9)))), 9);
    testing::assert_loads(&cache, "testing::get", 1);
    now(change(1)).unwrap();
    assert_eq!(now(testing::assert_miss(get(1, 8))), 8);
    testing::assert_loads(&cache, "testing::get", 2);
}

#[test]
fn a_miss_in_place_of_a_hit_is_told_with_its_reason_place_and_policy() {
    let _cache = testing::isolate();
    let line = line!() + 1;
    let said = message(|| now(testing::assert_hit(get(1, 7))));
    assert_says(
        &said,
        &[
            "expected a hit, but the call was a miss: loaded and stored",
            &format!("at:      {}:{line}:", file!()),
            "policy:  `get`, key `kit:<id>`, ttl 60s, declared at ",
            "testing/mod.rs:",
            "look at: whether a call before this one stored it",
        ],
    );
}

#[test]
fn a_hit_in_place_of_a_miss_is_told_with_its_tier() {
    let [one, two] = testing::nodes();
    now(one.scope(get(1, 7)));
    let said = message(|| now(two.scope(testing::assert_miss(get(1, 7)))));
    assert_says(
        &said,
        &[
            "expected a miss, but the call was a hit: fresh value in the remote tier",
            "`#[invalidates]`",
        ],
    );
    assert_says(
        &message(|| now(testing::assert_miss(two.scope(get(1, 7))))),
        &["the call was a hit: fresh value in the local tier", "policy:  `get`"],
    );
}

#[test]
fn a_call_that_is_neither_is_told_as_what_it_is() {
    let _cache = testing::isolate();
    let said = message(|| now(testing::assert_hit(bypass(get(1, 7)))));
    assert_says(
        &said,
        &["but the call left the cache aside: bypassed by the call", "the reason above"],
    );
    let said = message(|| now(testing::assert_hit(async {})));
    assert_says(
        &said,
        &["but there was no call: no cached function was called", "tasks that it spawns"],
    );
    assert!(!said.contains("policy:"), "{said}");
    let said = message(|| now(testing::assert_stale(get(1, 7))));
    assert_says(&said, &["expected a stale hit, but the call was a miss"]);
    let said = message(|| now(testing::assert_stale(get(1, 7))));
    assert_says(&said, &["expected a stale hit, but the call was a hit", "the window after it"]);
    let said = message(|| now(testing::assert_bypass(get(1, 7))));
    assert_says(&said, &["expected a call that leaves the cache aside, but the call was a hit"]);
}

#[test]
fn a_policy_is_named_once_however_often_it_is_called_and_by_the_assertion_around_as_well() {
    let _cache = testing::isolate();
    let calls = async {
        testing::assert_miss(get(1, 7)).await;
        testing::assert_hit(get(1, 7)).await;
        refresh(get(1, 7)).await;
    };
    let said = message(|| now(testing::assert_hit(calls)));
    assert_eq!(said.matches("policy:  `get`").count(), 1, "{said}");
}

#[test]
fn another_number_of_loads_is_told_with_the_counters() {
    let cache = testing::isolate();
    for _ in 0..2 {
        now(get(1, 7));
        now(get(1, 7));
        cache.clock().advance(MINUTE);
    }
    let said = message(|| testing::assert_loads(&cache, "testing::get", 1));
    assert_says(
        &said,
        &[
            "expected 1 loads of `testing::get`, but there were 2",
            "policy:  `integration::testing::get`, key `kit:<id>`",
            "counted: hits 2, misses 2, loads 2",
        ],
    );
}

#[test]
fn a_function_that_was_not_called_has_no_loads_and_one_that_is_not_there_is_an_error() {
    let cache = testing::isolate();
    testing::assert_loads(&cache, "testing::get", 0);
    assert_says(
        &message(|| testing::assert_loads(&cache, "testing::get", 1)),
        &["expected 1 loads of `testing::get`, but there were 0"],
    );
    assert_says(
        &message(|| testing::assert_loads(&cache, "get_nothing", 0)),
        &["no cached function is called `get_nothing`"],
    );
}
