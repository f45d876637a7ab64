//! A warm overwrites nothing that is newer than what it has loaded.

use cache_runtime::testing::{self, Gate};
use cache_runtime::{entry, invalidate, invalidates};

use super::row;
use super::source::Source;

#[invalidates(row(id))]
async fn write(source: &Source, id: u64, value: u64) -> Result<(), String> {
    source.write(id, value);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Entry,
    Tag,
    Pattern,
    Clear,
    Write,
    Put,
}

#[tokio::test]
async fn what_changes_during_the_load_of_an_id_stays_changed() {
    let changes =
        [Change::Entry, Change::Tag, Change::Pattern, Change::Clear, Change::Write, Change::Put];
    for change in changes {
        let cache = testing::isolate();
        let (source, gate) = (Source::default(), Gate::new());
        source.hold(5, &gate);
        let warm = cache.warm(0..10, |id| row(&source, id));
        let test = async {
            gate.arrived(1).await;
            // The old row was read already.
            source.write(5, 55);
            match change {
                Change::Entry => cache.invalidate(entry!(row(5))).await,
                Change::Tag => invalidate!(tags = ["warm"]).await,
                Change::Pattern => cache.invalidate_pattern("warm:*").await.map(drop),
                Change::Clear => cache.clear().await,
                Change::Write => {
                    write(&source, 5, 55).await.expect("it writes");
                    Ok(())
                }
                Change::Put => cache.put(entry!(row(5)), 55).await,
            }
            .expect("in memory");
            gate.open();
        };
        let (warmed, ()) = tokio::join!(warm, test);
        assert_eq!(warmed.unstored.values().sum::<u64>(), 1, "{change:?}: {warmed}");
        assert_eq!(warmed.loaded, 9, "{change:?}");
        let kept = cache.peek(entry!(row(5))).await;
        assert_eq!(kept, matches!(change, Change::Put).then_some(55), "{change:?}");
        assert_eq!(row(&source, 5).await, Ok(55), "{change:?}");
    }
}

#[tokio::test]
async fn a_value_that_is_there_stays() {
    let cache = testing::isolate();
    let source = Source::default();
    cache.put(entry!(row(5)), 55).await.expect("in memory");
    let warmed = cache.warm(0..10, |id| row(&source, id)).await;
    assert_eq!((warmed.hit, warmed.loaded), (1, 9));
    assert_eq!(cache.peek(entry!(row(5))).await, Some(55));
    assert!(!source.reads().contains_key(&5));
}
