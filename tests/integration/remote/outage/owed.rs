//! Invalidations that the server could not be told of are sent when it is back.

use cache_runtime::traced;

use super::*;

/// What is named when a row is changed: the entry, a tag, or the entry by hand.
#[derive(Clone, Copy, Debug)]
enum Way {
    Key,
    Tag,
    Hand,
}

impl Way {
    async fn change(self, cache: &IsolatedCache, id: u64, value: u64) {
        match self {
            // The row is written: that the server is not told is no error of the function.
            Self::Key => cache.scope(write(id, value)).await.unwrap(),
            Self::Tag => cache.scope(write_by_tag(id, value)).await.unwrap(),
            Self::Hand => {
                set_row(id, value);
                let entry = cache.scope(async { entry!(read(id)) }).await;
                let error = cache.scope(cache.invalidate(entry)).await.unwrap_err();
                assert!(error.is_unavailable(), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_invalidated_while_the_server_is_stopped_is_gone_when_it_goes_on() {
    for site in Site::each() {
        let (one, two) = (site.impatient().await, site.impatient().await);
        let rows = [Way::Key, Way::Tag, Way::Hand].map(|way| (way, another_id()));
        for (_, id) in rows {
            set_row(id, 1);
            kept(&one, id).await;
            kept(&two, id).await;
        }

        site.server.freeze();
        for (way, id) in rows {
            way.change(&one, id, 2).await;
            assert_eq!(one.scope(read(id)).await, 2, "{way:?}: read your writes");
        }
        let owed = health(&one).owed;
        assert_eq!(owed, 3);
        assert_eq!(one.snapshot().remote.map(|shared| shared.owed), Some(owed));
        let failed = one.shutdown(100 * MS).await.unwrap_err();
        assert!(failed.is_unavailable() && failed.to_string().contains('3'), "{failed}");

        // The server still has the old values. This process serves none of them, told or not.
        site.server.thaw();
        let settled = one.shutdown(Duration::from_secs(10));
        let reads = async {
            while health(&one).owed > 0 {
                for (way, id) in rows {
                    assert_eq!(one.scope(read(id)).await, 2, "{way:?}: still owed");
                }
                tokio::time::sleep(MS).await;
            }
        };
        let (settled, ()) = tokio::join!(settled, reads);
        settled.unwrap();
        for (way, id) in rows {
            assert_eq!(one.scope(read(id)).await, 2, "{way:?}");
            until_it_answers(&2, || two.scope(read(id))).await;
        }
        recovered(&one).await;
        recovered(&two).await;
        for (way, id) in rows {
            assert_eq!((one.scope(read(id)).await, two.scope(read(id)).await), (2, 2), "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_clear_while_the_server_is_stopped_ends_everything_when_it_goes_on() {
    for site in Site::each() {
        let (one, two) = (site.impatient().await, site.impatient().await);
        let id = another_id();
        set_row(id, 1);
        kept(&one, id).await;
        site.server.freeze();
        set_row(id, 2);
        assert!(one.clear().await.unwrap_err().is_unavailable());
        assert_eq!(one.scope(read(id)).await, 2);
        site.server.thaw();
        one.shutdown(Duration::from_secs(10)).await.unwrap();
        until_it_answers(&2, || two.scope(read(id))).await;
        recovered(&two).await;
        assert_eq!(two.scope(read(id)).await, 2);
    }
}

#[tokio::test]
async fn who_shuts_down_waits_for_a_server_that_comes_back() {
    for mut site in Site::each() {
        let cache = site.impatient().await;
        let id = another_id();
        kept(&cache, id).await;
        site.server.kill();
        for value in 1..=20 {
            cache.scope(write(id, value)).await.unwrap();
            cache.scope(write_by_tag(id, value)).await.unwrap();
        }
        assert_eq!(health(&cache).owed, 2, "the newest invalidation of the same is enough");
        let restarted = std::thread::spawn(move || {
            std::thread::sleep(300 * MS);
            site.server.restart();
            site
        });
        let start = Instant::now();
        cache.shutdown(Duration::from_secs(20)).await.unwrap();
        assert!(start.elapsed() >= 300 * MS);
        let site = restarted.join().unwrap();
        assert_eq!(health(&cache).owed, 0);
        // The cache stays usable.
        recovered(&cache).await;
        drop(site);
    }
}

#[tokio::test]
async fn an_invalidation_that_the_server_has_acknowledged_is_not_owed() {
    for site in Site::each() {
        let cache = site.process().await;
        let id = another_id();
        cache.scope(write(id, 1)).await.unwrap();
        cache.invalidate_tag("outage:0").await.unwrap();
        cache.clear().await.unwrap();
        assert_eq!(health(&cache).owed, 0);
        let start = Instant::now();
        cache.shutdown(Duration::from_secs(10)).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_row_that_is_written_often_while_the_server_is_stopped_is_cached_when_it_goes_on() {
    for site in Site::each() {
        let (one, two) = (site.impatient().await, site.impatient().await);
        let id = another_id();
        set_row(id, 1);
        kept(&one, id).await;
        site.server.freeze();
        for value in 2..8 {
            one.scope(write(id, value)).await.unwrap();
        }
        site.server.thaw();
        recovered(&one).await;
        recovered(&two).await;
        // Each of the guards that the server took late would stand longer than this.
        let start = std::time::Instant::now();
        for cache in [&two, &one] {
            while !cache.scope(traced(read(id))).await.1.is_hit() {
                assert!(start.elapsed() < Duration::from_secs(20), "it is still not stored");
                tokio::time::sleep(20 * MS).await;
            }
            assert_eq!(cache.scope(read(id)).await, 7);
        }
    }
}
