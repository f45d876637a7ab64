//! `hold`: a write that leaves no value keeps loads out as long as a replica may lag behind it.

use std::time::Duration;

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{cached, entry, invalidates, traced};

use crate::support::just_before;

const HOLD: Duration = Duration::from_secs(10);
const GUARDED: &str = "loaded, not stored: another load or a writer holds the key";

#[cached(key = "held:<id>", ttl = "1h", tags = ["held"], skip(replica))]
async fn text(id: u64, replica: &str) -> String {
    replica.to_owned()
}

#[cached(
    key = "held:<id>", ttl = "1h", tags = ["held"], strategy = "write_through", value = text, hold = "10s", skip(gate)
)]
async fn save(id: u64, text: String, gate: &Gate) -> Result<(), String> {
    gate.pass().await;
    Ok(())
}

#[invalidates(text(id))]
async fn touch(id: u64, gate: &Gate) -> Result<(), String> {
    gate.pass().await;
    Ok(())
}

fn open() -> Gate {
    let gate = Gate::new();
    gate.open();
    gate
}

async fn read(replica: &str) -> (String, &'static str) {
    let (text, outcome) = traced(text(1, replica)).await;
    (text, outcome.reason())
}

/// What keeps the value of a write from being stored.
#[derive(Clone, Copy, Debug)]
enum Obstacle {
    Writer,
    Invalidation,
    Put,
    Tag,
    Size,
}

async fn obstructed(cache: &IsolatedCache, obstacle: Obstacle) {
    let gate = Gate::new();
    let large = if matches!(obstacle, Obstacle::Size) { 10_000 } else { 1 };
    let write = save(1, "x".repeat(large), &gate);
    let meanwhile = async {
        gate.arrived(1).await;
        match obstacle {
            Obstacle::Writer => save(1, "y".to_owned(), &open()).await.unwrap(),
            Obstacle::Invalidation => touch(1, &open()).await.unwrap(),
            Obstacle::Put => cache.put(entry!(text(1)), "z".to_owned()).await.unwrap(),
            Obstacle::Tag => cache.invalidate_tag("held").await.unwrap(),
            Obstacle::Size => {}
        }
        gate.open();
    };
    let (written, ()) = tokio::join!(write, meanwhile);
    written.unwrap();
}

#[tokio::test]
async fn hold_keeps_loads_out_after_a_write_whose_value_was_refused() {
    use Obstacle::{Invalidation, Put, Size, Tag, Writer};
    for obstacle in [Writer, Invalidation, Put, Tag, Size] {
        let cache = testing::isolate_with(|builder| builder.max_bytes(5_000));
        obstructed(&cache, obstacle).await;
        assert_eq!(read("old").await, ("old".to_owned(), GUARDED), "{obstacle:?}");
        cache.clock().advance(just_before(HOLD));
        assert_eq!(read("old").await.1, GUARDED, "{obstacle:?}");
        cache.clock().advance(Duration::from_millis(1));
        assert_eq!(read("new").await, ("new".to_owned(), "loaded and stored"), "{obstacle:?}");
        assert_eq!(read("old").await.0, "new");
    }
}

#[tokio::test]
async fn hold_keeps_nothing_out_after_a_write_that_left_its_value() {
    let _cache = testing::isolate();
    save(1, "new".to_owned(), &open()).await.unwrap();
    assert_eq!(read("old").await, ("new".to_owned(), "fresh value in the local tier"));
}
