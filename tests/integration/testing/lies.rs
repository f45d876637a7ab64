//! A store that lies: what it finds is not what was stored.

use cache_runtime::testing::{self, Injection, Lie, Operation};
use cache_runtime::{cached, invalidate, traced};

use super::{change, get};
use crate::support::counters;

#[cached(key = "kit-lied:<id>", ttl = "1m", tier = "remote", skip(value))]
async fn lied(id: u64, value: &str) -> String {
    value.to_owned()
}

#[tokio::test]
async fn bytes_that_are_no_value_are_loaded_again() {
    for lie in [Lie::CutShort, Lie::Garbled] {
        let [node] = testing::nodes();
        node.scope(lied(1, "stored")).await;
        node.store().inject_on(Operation::Read, Injection::Lie(lie));
        let (found, outcome) = node.scope(traced(lied(1, "loaded"))).await;
        assert_eq!(found, "loaded", "{lie:?}");
        assert!(outcome.is_miss(), "{lie:?}: {}", outcome.reason());
        assert_eq!(counters(&node, "lied").decode_failures, 1, "{lie:?}");
        node.store().heal();
        assert_eq!(node.scope(lied(1, "again")).await, "loaded", "{lie:?}: what it stored is good");
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_not_decoded() {
    let [node] = testing::nodes();
    node.scope(lied(1, "stored")).await;
    node.store().inject_on(Operation::Read, Injection::Lie(Lie::AnotherType));
    assert_eq!(node.scope(lied(1, "loaded")).await, "loaded");
    let refused = counters(&node, "lied").refused;
    assert_eq!(refused.other_version, 1, "another version of the program may have put it there");
}

#[tokio::test]
async fn an_old_value_is_the_one_before_that_which_is_there() {
    let [node] = testing::nodes();
    for value in ["first", "second"] {
        node.scope(async { invalidate!(lied(1)).await }).await.unwrap();
        assert_eq!(node.scope(lied(1, value)).await, value);
    }
    node.store().inject_on(Operation::Read, Injection::Lie(Lie::OldValue));
    assert_eq!(node.scope(lied(1, "third")).await, "first");
    // On another way it is gone, and this one goes on as if it were not.
    node.scope(async { invalidate!(lied(1)).await }).await.unwrap();
    assert_eq!(node.scope(lied(1, "third")).await, "second");
    node.store().heal();
    assert_eq!(node.scope(lied(1, "third")).await, "third");
}

#[tokio::test]
async fn a_lie_about_values_keeps_no_write_from_its_end() {
    let [node] = testing::nodes();
    node.store().inject(Injection::Lie(Lie::Garbled));
    node.scope(get(1, 1)).await;
    node.scope(change(1)).await.unwrap();
    node.store().heal();
    assert_eq!(node.scope(get(1, 2)).await, 2);
}
