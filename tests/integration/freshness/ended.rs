//! Whatever is invalidated while it is loaded in the background is never served afterwards.

use std::time::Duration;

use cache_runtime::{cached, entry, invalidate, invalidates};

use crate::support::fleet::Fleet;
use crate::support::source::Source;

const HOUR: Duration = Duration::from_hours(1);

#[cached(key = "ahead:<id>", ttl = "10h", refresh_ahead = 0.5, tags = ["rows", "row:<id>"])]
async fn ahead(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "swr:<id>", ttl = "1h", stale_while_revalidate = "10h", tags = ["rows", "row:<id>"])]
async fn swr(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(
    key = "only-remote:<id>",
    ttl = "1h",
    stale_while_revalidate = "10h",
    tags = ["rows", "row:<id>"],
    tier = "remote"
)]
async fn remote(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[invalidates(ahead(id), swr(id), remote(id))]
async fn update(source: &Source, id: u64, row: u64) -> Result<(), String> {
    source.set(id, row);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Entry,
    Tag,
    CommonTag,
    Pattern,
    Everything,
    Writer,
    Put,
}

const WAYS: [Way; 7] =
    [Way::Entry, Way::Tag, Way::CommonTag, Way::Pattern, Way::Everything, Way::Writer, Way::Put];

/// Says in one process that the row is another one by now.
async fn change(fleet: &Fleet, process: usize, source: &Source, id: u64, row: u64, way: Way) {
    let cache = fleet.cache(process);
    let changed = fleet.run(process, async {
        if !matches!(way, Way::Writer) {
            source.set(id, row);
        }
        match way {
            Way::Entry => invalidate!(ahead(id), swr(id), remote(id)).await,
            Way::Tag => cache.invalidate_tag(&format!("row:{id}")).await,
            Way::CommonTag => cache.invalidate_tag("rows").await,
            Way::Pattern => cache.invalidate_pattern("*").await.map(drop),
            Way::Everything => cache.clear().await,
            Way::Writer => {
                update(source, id, row).await.unwrap();
                Ok(())
            }
            Way::Put => {
                cache.put(entry!(ahead(id)), row).await?;
                cache.put(entry!(swr(id)), row).await?;
                cache.put(entry!(remote(id)), row).await
            }
        }
    });
    changed.await.unwrap();
}

/// Loads in the background in the first process while another one changes the row; then nobody is given what it read.
macro_rules! never_served {
    ($fleet:ident, $call:ident) => {
        for (nth, way) in WAYS.into_iter().enumerate() {
            for process in 0..2 {
                let (source, id) = (Source::default(), (10 * nth + process) as u64);
                source.set(id, 1);
                $fleet.call(0, $call(&source, id)).await;
                $fleet.call(1, $call(&source, id)).await;
                $fleet.pass(7 * HOUR).await;
                source.set(id, 2);
                let gate = source.slow_down_next();
                assert_eq!($fleet.call(0, $call(&source, id)).await.0, 1);
                gate.arrived(1).await;
                change(&$fleet, process, &source, id, 3, way).await;
                gate.open();
                $fleet.idle().await;
                for reader in 0..4 {
                    let (row, _) = $fleet.call(reader, $call(&source, id)).await;
                    assert_eq!(row, 3, "{way:?} by {process}, read by {reader}: {}", $fleet);
                }
            }
        }
    };
}

#[tokio::test]
async fn what_is_refreshed_ahead_and_ended_meanwhile_is_never_served_628() {
    for fleet in Fleet::each().await {
        never_served!(fleet, ahead);
    }
}

#[tokio::test]
async fn what_is_revalidated_and_ended_meanwhile_is_never_served() {
    for fleet in Fleet::each().await {
        never_served!(fleet, swr);
    }
}

#[tokio::test]
async fn what_is_kept_on_the_server_alone_and_ended_meanwhile_is_never_served() {
    for fleet in Fleet::shared().await {
        never_served!(fleet, remote);
    }
}
