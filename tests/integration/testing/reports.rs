//! Reports of changes that do not arrive.

use cache_runtime::testing::{self, Node};

use super::{change, get};

/// Whether the second node is answered with what the first has ended, from a copy.
async fn is_behind(one: &Node, two: &Node) -> bool {
    one.scope(change(1)).await.unwrap();
    two.scope(get(1, 2)).await == 1
}

async fn copied() -> [Node; 2] {
    let [one, two] = testing::nodes();
    one.scope(get(1, 1)).await;
    two.scope(get(1, 9)).await;
    [one, two]
}

#[tokio::test]
async fn a_node_whose_reports_are_dropped_does_not_know_and_serves_its_copy() {
    let [one, two] = copied().await;
    two.store().drop_reports();
    assert!(two.health().is_healthy(), "nobody knows");
    assert!(is_behind(&one, &two).await);
    // What was dropped is not made up for; what comes from now on is told.
    two.store().heal();
    assert_eq!(two.scope(get(1, 3)).await, 1);
    assert!(!is_behind(&one, &two).await);
}

#[tokio::test]
async fn a_node_that_has_lost_tracking_knows_and_keeps_no_copies() {
    let [one, two] = copied().await;
    two.store().lose_tracking();
    let remote = two.health().remote.unwrap();
    assert!(!remote.tracking && !remote.copies, "{remote}");
    two.store().reset_requests();
    two.scope(get(1, 9)).await;
    two.scope(get(1, 9)).await;
    assert_eq!(two.store().requests().reads, 2, "each asks the store");
    assert!(!is_behind(&one, &two).await);

    two.store().heal();
    assert!(two.health().remote.unwrap().copies);
    two.scope(get(1, 9)).await;
    two.store().reset_requests();
    two.scope(get(1, 9)).await;
    assert_eq!(two.store().requests().total(), 0, "it has a copy again");
    assert!(!is_behind(&one, &two).await);
}

#[tokio::test]
async fn a_node_that_was_cut_off_serves_no_copy_from_before() {
    let [one, two] = copied().await;
    two.store().disconnect();
    one.scope(change(1)).await.unwrap();
    assert_eq!(two.scope(get(1, 2)).await, 2);
    two.store().heal();
    assert_eq!(two.scope(get(1, 3)).await, 3);
}
