//! A warm that is stopped goes on where it was: nothing is left out, and nothing loaded twice.

use std::pin::pin;

use cache_runtime::testing::{self, Gate};

use super::row;
use super::source::Source;
use crate::support::{poll_once, settle};

#[tokio::test]
async fn a_warm_that_is_stopped_and_resumed_loads_every_id_once() {
    for stop in [0, 1, 17, 400, 999] {
        let cache = testing::isolate();
        let source = Source::default();
        source.dawdle();
        source.fail((0..1_000).filter(|id| id % 100 == 7));

        let mut first = cache.warm(0..1_000, |id| row(&source, id));
        while first.warmed().done < stop && poll_once(pin!(&mut first)).await.is_none() {
            settle().await;
        }
        let from = first.warmed().resume;
        let ended = first.warmed().done;
        drop(first);
        assert!(from <= ended, "{from} of {ended}");
        let reads = source.reads();
        assert!((0..from).all(|id| reads.contains_key(&id)), "all before {from} are done");

        let second = cache.warm(0..1_000, |id| row(&source, id)).resume(from).await;
        assert_eq!((second.done, second.skipped, second.resume), (1_000, from, 1_000));
        let twice: Vec<_> = source.reads().into_iter().filter(|(_, reads)| *reads != 1).collect();
        // An error is not stored: of those beyond the number that was resumed from, it may have been seen before.
        assert!(twice.iter().all(|(id, _)| id % 100 == 7 && *id >= from), "{twice:?}");
        assert_eq!(source.reads().len(), 1_000);
        assert_eq!(second.failed, (from..1_000).filter(|id| id % 100 == 7).count() as u64);
    }
}

#[tokio::test]
async fn an_id_that_takes_long_is_not_passed_over_when_others_end_before_it() {
    let cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    source.hold(5, &gate);
    let mut first = cache.warm(0..100, |id| row(&source, id)).concurrency(4);
    while first.warmed().done < 99 {
        assert!(poll_once(pin!(&mut first)).await.is_none());
    }
    assert_eq!(first.warmed().resume, 5);
    drop(first);
    gate.open();

    let second = cache.warm(0..100, |id| row(&source, id)).resume(5).await;
    assert_eq!((second.skipped, second.loaded, second.hit), (5, 1, 94));
    assert!(source.reads().values().all(|reads| *reads == 1), "{:?}", source.reads());
}

#[tokio::test]
async fn a_stopped_warm_leaves_no_call_behind() {
    let cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    source.hold_all(&gate);
    let mut warm = cache.warm(0..100, |id| row(&source, id)).concurrency(8);
    assert!(poll_once(pin!(&mut warm)).await.is_none());
    drop(warm);
    gate.open();
    settle().await;
    assert_eq!(source.loads(), 0);
    let policy = &cache.snapshot().policies[0];
    assert_eq!((policy.load_cancelled, policy.loads), (8, 0));
    // The keys are free.
    assert_eq!(row(&source, 3).await, Ok(3));
}

#[tokio::test]
async fn a_warm_is_stopped_beside_others_and_asked_how_far_it_came() {
    let cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    source.hold(40, &gate);
    let mut warm = cache.warm(0..100, |id| row(&source, id)).concurrency(1);
    tokio::select! {
        warmed = &mut warm => panic!("{warmed}"),
        () = gate.arrived(1) => {}
    }
    assert_eq!(warm.warmed().resume, 40);
    gate.open();
    assert_eq!(warm.await.loaded, 100, "it may go on as well");
}

#[tokio::test]
async fn a_warm_that_was_not_polled_says_where_it_would_go_on_and_one_that_was_does_not_jump() {
    let cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    source.hold_all(&gate);
    let mut warm = cache.warm(0..100, |id| row(&source, id)).resume(30);
    assert_eq!(warm.warmed().resume, 30);
    assert!(poll_once(pin!(&mut warm)).await.is_none());
    gate.open();
    let warmed = warm.resume(60).await;
    assert_eq!((warmed.skipped, warmed.loaded), (30, 70));
}
