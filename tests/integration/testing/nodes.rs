//! Several processes in one test.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cache_runtime::testing::{self, Gate, Node};
use cache_runtime::{cached, entry, invalidate};

use super::{MINUTE, MS, change, get, outcome};
use crate::support::{counters, just_before, now, poll_once};

/// Where the answer of a call came from.
async fn reason(node: &Node) -> &'static str {
    node.scope(outcome(get(1, 1))).await.reason()
}

#[tokio::test]
async fn what_one_node_has_loaded_another_copies_until_somebody_writes_it() {
    let [one, two] = testing::nodes();
    assert_eq!(reason(&one).await, "loaded and stored");
    assert_eq!(reason(&two).await, "fresh value in the remote tier");
    assert_eq!(reason(&two).await, "fresh value in the local tier", "it has a copy");
    one.scope(change(1)).await.unwrap();
    assert_eq!(reason(&two).await, "loaded and stored", "its copy has ended");
    assert_eq!(reason(&one).await, "fresh value in the remote tier");
}

#[tokio::test]
async fn tags_and_a_clear_reach_the_copies_of_other_nodes() {
    let [one, two] = testing::nodes();
    for way in 0..3 {
        reason(&one).await;
        reason(&two).await;
        assert_eq!(reason(&two).await, "fresh value in the local tier", "{way}");
        match way {
            0 => one.invalidate_tag("kit").await.unwrap(),
            1 => one.clear().await.unwrap(),
            _ => one.scope(async { invalidate!(get(1)).await }).await.unwrap(),
        }
        assert_eq!(reason(&two).await, "loaded and stored", "{way}");
    }
}

#[tokio::test]
async fn nodes_and_their_store_are_on_one_clock() {
    let [one, two] = testing::nodes();
    reason(&one).await;
    reason(&two).await;
    // The store ends a value up to a tenth before its ttl.
    one.clock().advance(just_before(MINUTE * 9 / 10));
    for node in [&one, &two] {
        assert!(node.scope(outcome(get(1, 1))).await.is_hit());
    }
    two.clock().advance(MINUTE / 10 + MS);
    assert_eq!(reason(&one).await, "loaded and stored", "neither a copy nor an entry is left");
}

#[cached(key = "kit-here:<id>", ttl = "1h", tier = "local", skip(value))]
async fn here(id: u64, value: u64) -> u64 {
    value
}

#[tokio::test]
async fn what_nodes_keep_for_themselves_ends_in_all_of_them() {
    let [one, two] = testing::nodes();
    for (node, value) in [(&one, 1), (&two, 2)] {
        assert_eq!(node.scope(here(1, value)).await, value);
        assert_eq!(node.scope(here(1, 9)).await, value, "each has its own");
    }
    one.scope(async { invalidate!(here(1)).await }).await.unwrap();
    for node in [&one, &two] {
        assert_eq!(node.scope(here(1, 3)).await, 3);
    }
}

#[cached(key = "kit-slow:<id>", ttl = "1m", skip(gate, value))]
async fn slow(id: u64, gate: &Gate, value: u64) -> u64 {
    gate.pass().await;
    value
}

#[tokio::test]
async fn a_load_that_another_node_overtakes_is_not_stored() {
    let [one, two] = testing::nodes();
    let gate = Gate::new();
    let mut load = std::pin::pin!(one.scope(slow(1, &gate, 1)));
    assert_eq!(poll_once(load.as_mut()).await, None);
    gate.arrived(1).await;
    two.scope(async { invalidate!(slow(1)).await }).await.unwrap();
    gate.open();
    assert_eq!(load.await, 1, "its caller came before the write");
    assert_eq!(counters(&one, "slow").refused.overtaken, 1);
    assert_eq!(two.scope(slow(1, &gate, 2)).await, 2);
    assert_eq!(one.peek(entry!(slow(1))).await, Some(2));
}

#[test]
fn a_call_outside_of_every_node_panics() {
    let nodes: [Node; 2] = testing::nodes();
    let call = catch_unwind(AssertUnwindSafe(|| now(get(1, 1))));
    assert!(call.is_err(), "it must not run in the last of them");
    assert_eq!(now(nodes[0].scope(get(1, 1))), 1);
}

#[test]
fn nodes_are_built_with_the_settings_that_are_given() {
    let [node] = testing::nodes_with(|build| build.outage_ttl(MINUTE).max_entries(1));
    for id in 0..10 {
        now(node.scope(here(id, 1)));
    }
    assert_eq!(node.snapshot().entries, 1);
}

#[test]
#[should_panic(expected = "a node cannot be built: a limit of zero holds nothing")]
fn a_node_with_a_wrong_setting_panics_with_what_is_wrong() {
    let [_node] = testing::nodes_with(|build| build.max_entries(0));
}
