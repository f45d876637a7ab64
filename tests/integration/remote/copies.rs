//! What one process stored is served to the others, and what one invalidates ends in all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_runtime::store::{RedisOptions, RedisStore, Store};
use cache_runtime::testing;
use cache_runtime::{Cache, cached, entry, invalidates};

use super::{Site, another_id, of, until, until_it_answers};

static TABLE: Mutex<Option<HashMap<u64, String>>> = Mutex::new(None);

fn row(id: u64) -> Option<String> {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).cloned()
}

fn set_row(id: u64, name: &str) {
    TABLE.lock().unwrap().get_or_insert_default().insert(id, name.to_owned());
}

#[cached(key = "shared-user:<id>", ttl = "1h", tags = ["shared-user", "shared-user:<id>"])]
async fn get_user(id: u64) -> Option<String> {
    row(id)
}

#[invalidates(get_user(id))]
async fn rename_user(id: u64, name: &str) -> Result<(), String> {
    set_row(id, name);
    Ok(())
}

#[invalidates(tags = ["shared-user:<id>"])]
async fn rename_by_tag(id: u64, name: &str) -> Result<(), String> {
    set_row(id, name);
    Ok(())
}

#[cached(key = "shared-strict:<id>", ttl = "1h", tier = "remote")]
async fn strict(id: u64) -> Option<String> {
    row(id)
}

#[invalidates(strict(id))]
async fn rename_strict(id: u64, name: &str) -> Result<(), String> {
    set_row(id, name);
    Ok(())
}

#[cached(key = "shared-own:<id>", ttl = "1h", tier = "local", tags = ["shared-own"])]
async fn own(id: u64) -> Option<String> {
    row(id)
}

#[invalidates(own(id))]
async fn rename_own(id: u64, name: &str) -> Result<(), String> {
    set_row(id, name);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "what the functions return")]
fn some(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[tokio::test]
async fn what_one_process_loaded_another_reads_and_keeps() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        set_row(id, "ada");
        assert_eq!(one.scope(get_user(id)).await, some("ada"));
        assert_eq!(two.scope(get_user(id)).await, some("ada"));
        assert_eq!((of(&one, "get_user").loads, of(&two, "get_user").loads), (1, 0));
        assert_eq!(of(&two, "get_user").remote_hits, 1);
        until_it_answers(&true, || async {
            two.scope(get_user(id)).await;
            of(&two, "get_user").hits > 0
        })
        .await;
        assert_eq!(of(&two, "get_user").misses, 0);
    }
}

#[tokio::test]
async fn a_cached_none_is_shared_too() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        assert_eq!(one.scope(get_user(id)).await, None);
        assert_eq!(two.scope(get_user(id)).await, None);
        assert_eq!(of(&two, "get_user").loads, 0);
        assert_eq!(two.scope(two.peek(entry!(get_user(id)))).await, Some(None));
    }
}

/// Has both processes keep a copy.
macro_rules! kept {
    ($one:ident, $two:ident, $call:expr, $name:literal) => {
        for cache in [&$one, &$two] {
            let before = of(cache, $name).hits;
            until_it_answers(&true, || async {
                cache.scope($call).await;
                of(cache, $name).hits > before
            })
            .await;
        }
    };
}

#[tokio::test]
async fn an_invalidation_by_key_tag_or_clear_ends_the_copies_of_all() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        set_row(id, "ada");
        kept!(one, two, get_user(id), "get_user");
        one.scope(rename_user(id, "grace")).await.unwrap();
        assert_eq!(one.scope(get_user(id)).await, some("grace"), "read your writes");
        until_it_answers(&some("grace"), || two.scope(get_user(id))).await;

        kept!(one, two, get_user(id), "get_user");
        one.scope(rename_by_tag(id, "joan")).await.unwrap();
        assert_eq!(one.scope(get_user(id)).await, some("joan"), "read your writes");
        until_it_answers(&some("joan"), || two.scope(get_user(id))).await;

        kept!(one, two, get_user(id), "get_user");
        set_row(id, "edith");
        one.clear().await.unwrap();
        assert_eq!(one.scope(get_user(id)).await, some("edith"), "read your writes");
        until_it_answers(&some("edith"), || two.scope(get_user(id))).await;
    }
}

#[tokio::test]
async fn an_entry_that_nobody_copies_is_read_from_the_server_each_time() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        set_row(id, "ada");
        for _ in 0..3 {
            assert_eq!(two.scope(strict(id)).await, some("ada"));
        }
        assert_eq!((of(&two, "strict").hits, of(&two, "strict").remote_hits), (0, 2));
        one.scope(rename_strict(id, "grace")).await.unwrap();
        assert_eq!(two.scope(strict(id)).await, some("grace"), "at once");
    }
}

#[tokio::test]
async fn an_entry_that_each_keeps_for_itself_ends_in_all() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        set_row(id, "ada");
        kept!(one, two, own(id), "own");
        one.scope(rename_own(id, "grace")).await.unwrap();
        assert_eq!(one.scope(own(id)).await, some("grace"), "read your writes");
        until_it_answers(&some("grace"), || two.scope(own(id))).await;

        kept!(one, two, own(id), "own");
        set_row(id, "joan");
        one.invalidate_tag("shared-own").await.unwrap();
        until_it_answers(&some("joan"), || two.scope(own(id))).await;
    }
}

#[tokio::test]
async fn copies_end_when_changes_are_no_longer_told() {
    for mut site in Site::each() {
        let one = site.process().await;
        let id = another_id();
        set_row(id, "ada");
        kept!(one, one, get_user(id), "get_user");
        site.server.kill();
        until("the loss is noticed", || !one.health().remote.unwrap().tracking).await;
        set_row(id, "grace");
        assert_eq!(one.scope(get_user(id)).await, some("grace"), "nothing is served from before");
        site.server.restart();
        until("changes are told again", || one.health().remote.unwrap().tracking).await;
        kept!(one, one, get_user(id), "get_user");
    }
}

#[tokio::test]
async fn caches_that_share_a_store_are_all_told() {
    for site in Site::each() {
        let mut options = RedisOptions::new(site.server.url(), "cache");
        options.connect_timeout = Duration::from_secs(10);
        options.response_timeout = Duration::from_secs(5);
        let store: Arc<dyn Store> = Arc::new(RedisStore::connect(options).await.unwrap());
        let cache = || async {
            let builder = Cache::builder().store(Arc::clone(&store));
            testing::isolate_on(builder.build().await.unwrap())
        };
        let (one, two, other) = (cache().await, cache().await, site.process().await);
        let id = another_id();
        set_row(id, "ada");
        kept!(one, two, get_user(id), "get_user");
        other.scope(rename_user(id, "grace")).await.unwrap();
        for cache in [&one, &two] {
            until_it_answers(&some("grace"), || cache.scope(get_user(id))).await;
        }
        kept!(one, two, own(id), "own");
        one.scope(rename_own(id, "joan")).await.unwrap();
        until_it_answers(&some("joan"), || two.scope(own(id))).await;
    }
}
