//! `warm` where processes share a tier: what one has loaded the next finds, and nothing newer is overwritten.

use std::pin::pin;
use std::time::Duration;

use cache_runtime::testing::Gate;
use cache_runtime::{cached, entry, invalidates};

use super::Site;
use crate::support::{poll_once, settle};
use crate::warm::source::Source;

#[cached(key = "warmed:<id>", ttl = "1h", tags = ["warmed"])]
async fn row(source: &Source, id: u64) -> Result<u64, String> {
    source.load(id).await
}

#[cached(key = "warmed-strictly:<id>", ttl = "1h", tier = "remote")]
async fn strict(source: &Source, id: u64) -> Option<u64> {
    source.load(id).await.ok()
}

#[invalidates(row(id))]
async fn write(source: &Source, id: u64, value: u64) -> Result<(), String> {
    source.write(id, value);
    Ok(())
}

#[tokio::test]
async fn a_warm_that_is_stopped_goes_on_in_another_process_and_loads_every_id_once() {
    for site in Site::each() {
        let (source, gate) = (Source::default(), Gate::new());
        source.dawdle();
        source.fail((0..1_000).filter(|id| id % 100 == 7));
        // Every seventh from the 300th on does not end, so that 32 of them stop it; what is between them is stored.
        (300..1_000).step_by(7).for_each(|id| source.hold(id, &gate));
        let done = 300 + 31 * 6;

        let one = site.process().await;
        let mut first = one.warm(0..1_000, |id| row(&source, id)).concurrency(32);
        let stuck = one.scope(async {
            while first.warmed().done < done {
                assert!(poll_once(pin!(&mut first)).await.is_none());
                tokio::task::yield_now().await;
            }
        });
        stuck.await;
        assert_eq!((first.warmed().done, first.warmed().resume), (done, 300));
        drop(first);
        gate.open();

        let two = site.process().await;
        let warm = two.warm(0..1_000, |id| row(&source, id)).concurrency(32).resume(300);
        let second = two.scope(warm).await;
        assert_eq!((second.done, second.skipped, second.total), (1_000, 300, Some(1_000)));
        assert_eq!((second.hit, second.failed), (31 * 6 - 2, 7), "{second}");
        let mut twice = source.reads();
        twice.retain(|_, reads| *reads != 1);
        assert!(twice.keys().eq(&[407, 507]), "only errors, which are not stored: {twice:?}");
        assert_eq!(source.reads().len(), 1_000);

        // A third finds all of it, and so does the first, which copies it.
        let reads = source.loads();
        let good = (0..1_000).filter(|id| id % 100 != 7);
        for process in [site.process().await, one] {
            let found = process.scope(process.warm(good.clone(), |id| row(&source, id))).await;
            assert_eq!((found.hit, found.done), (990, 990), "{found}");
        }
        assert_eq!(source.loads(), reads);
    }
}

#[tokio::test]
async fn functions_whose_values_no_process_copies_are_warmed() {
    for site in Site::each() {
        let source = Source::default();
        source.fail([3]);
        let (one, two) = (site.process().await, site.process().await);
        let warmed = one.scope(one.warm(0..100, |id| strict(&source, id))).await;
        assert_eq!((warmed.loaded, warmed.done), (100, 100), "{warmed}: a `None` is stored, too");
        let warmed = two.scope(two.warm(0..100, |id| strict(&source, id))).await;
        assert_eq!((warmed.hit, warmed.done), (100, 100), "{warmed}");
    }
}

#[tokio::test]
async fn what_another_process_changes_during_the_load_stays_changed() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (source, gate) = (Source::default(), Gate::new());
        source.hold(5, &gate);
        source.hold(6, &gate);
        let warm = one.scope(one.warm(0..10, |id| row(&source, id)));
        let test = two.scope(async {
            gate.arrived(2).await;
            write(&source, 5, 55).await.expect("it writes");
            two.put(entry!(row(6)), 66).await.expect("the server is up");
            gate.open();
        });
        let (warmed, ()) = tokio::join!(warm, test);
        assert_eq!((warmed.loaded, warmed.unstored.values().sum::<u64>()), (8, 2), "{warmed}");
        let kept = two.scope(two.get_many([5, 6].map(|id| entry!(row(id))))).await;
        assert_eq!(kept, [None, Some(66)]);
        assert_eq!(one.scope(row(&source, 5)).await, Ok(55));
    }
}

#[tokio::test]
async fn what_could_not_be_stored_because_the_server_is_away_is_said() {
    for keep in [false, true] {
        for mut site in Site::each() {
            let outage = Duration::from_secs(if keep { 60 } else { 0 });
            let process = site.process_with(|builder| builder.outage_ttl(outage)).await;
            let source = Source::default();
            site.server.kill();
            let warmed = process.scope(process.warm(0..50, |id| row(&source, id))).await;
            let reasons: Vec<_> = warmed.unstored.keys().copied().collect();
            let expected = if keep {
                "loaded, kept in this process only: the remote tier did not answer"
            } else {
                "loaded, not stored: the remote tier did not answer"
            };
            assert_eq!((reasons, warmed.loaded), (vec![expected], 0), "{warmed}");
            assert_eq!((warmed.done, source.loads()), (50, 50));
            settle().await;
        }
    }
}
