//! What is to be invalidated once more is so in the remote tier, and in the copies that were made until then.

use cache_runtime::Coherence;

use super::*;
use crate::support::until;

const LONG: Duration = Duration::from_secs(20);

#[invalidates(tags = ["row:<id>"], hold = "50ms")]
async fn write_held(id: u64) -> Result<(), String> {
    let _ = id;
    Ok(())
}

#[invalidates(tags = ["row:<id>"], guard = "1h")]
async fn fail_for_an_hour(id: u64) -> Result<(), String> {
    Err(format!("row {id} is locked"))
}

#[tokio::test]
async fn a_tag_is_bumped_again_at_the_sooner_of_two_times_in_whatever_order_they_are_set() {
    for sooner_first in [true, false] {
        let (cache, store) = Site::new().process().await;
        for sooner in [sooner_first, !sooner_first] {
            if sooner {
                cache.scope(write_held(7)).await.unwrap();
            } else {
                cache.scope(fail_for_an_hour(7)).await.unwrap_err();
            }
        }
        until("it is bumped again", || store.count("bump") == 3).await;
        told(&cache).await;
        assert_eq!(store.count("bump"), 4, "the one of the hour, which a shutdown does at once");
    }
}

#[tokio::test]
async fn a_copy_that_was_made_before_the_store_was_told_again_ends_with_that() {
    let keep = |builder: CacheBuilder| builder.coherence(Coherence::Ttl);
    let (cache, store) = Site::new().process_with(keep).await;
    let (rows, held) = (Rows::default(), Gate::new());
    store.hold("bump", 2, &held);
    rows.set(7, 1);
    cache.scope(write_held(7)).await.unwrap();
    assert_eq!(cache.scope(read(&rows, 7)).await, 1);
    // The copies have ended; the value of the store has not.
    held.arrived(1).await;
    until("the time has come by the clock of this process too", {
        let start = Instant::now();
        move || start.elapsed() > 20 * MS
    })
    .await;
    assert_eq!(cache.scope(read(&rows, 7)).await, 1);
    rows.set(7, 2);
    assert_eq!(cache.scope(read(&rows, 7)).await, 1, "a copy");
    held.open();
    let start = Instant::now();
    while cache.scope(read(&rows, 7)).await != 2 {
        assert!(start.elapsed() < LONG, "the old value stays");
        tokio::time::sleep(MS).await;
    }
}
