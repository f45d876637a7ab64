//! What a process keeps for itself while the server is away, if its operator lets it.

use super::*;
use crate::remote::kept_for;

const KEPT: Duration = Duration::from_secs(1);

impl Site {
    /// A process that keeps for so long what it loads while the server is away.
    async fn sparing(&self, time: Duration) -> IsolatedCache {
        self.process_with(|builder| builder.response_timeout(BUDGET).outage_ttl(time)).await
    }
}

async fn lost(cache: &IsolatedCache) {
    until("the loss is noticed", || is_away(cache) && !health(cache).tracking).await;
}

/// The loads of rows, and how many of them were stored.
fn loads(cache: &IsolatedCache) -> (u64, u64) {
    let counted = of(cache, "read");
    (counted.loads, counted.fills)
}

#[tokio::test]
async fn while_the_server_is_away_values_are_kept_as_long_as_the_operator_lets_them_be() {
    for mut site in Site::each() {
        let (sparing, usual) = (site.sparing(KEPT).await, site.impatient().await);
        kept(&sparing, another_id()).await;
        site.server.kill();
        lost(&sparing).await;
        lost(&usual).await;
        until("what was kept until now is gone", || sparing.snapshot().entries == 0).await;

        let (id, before) = (another_id(), loads(&sparing));
        kept_for(KEPT, &sparing, "read", || sparing.scope(read(id))).await;
        let after = loads(&sparing);
        let (loads, fills) = (after.0 - before.0, after.1 - before.1);
        assert!(loads >= 2 && fills == loads, "loaded {loads} times, stored {fills} times");

        for loads in 1..=5 {
            usual.scope(read(id)).await;
            assert_eq!((of(&usual, "read").hits, of(&usual, "read").loads), (0, loads));
        }
    }
}

#[tokio::test]
async fn what_was_kept_while_the_server_was_away_is_gone_when_it_is_back() {
    for mut site in Site::each() {
        let cache = site.sparing(Duration::from_hours(1)).await;
        for stopped in [true, false] {
            if stopped {
                site.server.freeze();
                while !is_away(&cache) {
                    reads(&cache, 1).await;
                }
            } else {
                site.server.kill();
            }
            lost(&cache).await;
            let id = another_id();
            // The last of the loss may still be under way, and end the first that is kept.
            until_it_answers(&1, || async {
                set_row(id, 1);
                kept(&cache, id).await;
                // By somebody of whom nothing tells this process.
                set_row(id, 2);
                cache.scope(read(id)).await
            })
            .await;

            if stopped {
                site.server.thaw();
            } else {
                site.server.restart();
            }
            until("changes are told again", || health(&cache).tracking).await;
            assert_eq!(cache.scope(read(id)).await, 2, "stopped: {stopped}");
        }
    }
}

#[tokio::test]
async fn what_is_kept_while_the_server_is_away_ends_with_a_write_of_this_process() {
    for mut site in Site::each() {
        let cache = site.sparing(Duration::from_hours(1)).await;
        site.server.kill();
        lost(&cache).await;
        let id = another_id();
        set_row(id, 1);
        kept(&cache, id).await;
        cache.scope(write(id, 2)).await.unwrap();
        assert_eq!(cache.scope(read(id)).await, 2, "read your writes");
        kept(&cache, id).await;
        cache.scope(write_by_tag(id, 3)).await.unwrap();
        assert_eq!(cache.scope(read(id)).await, 3, "read your writes");
    }
}
