//! Calls on the cache itself, over the remote tier.

use std::collections::BTreeMap;
use std::time::Duration;

use cache_runtime::{CacheBuilder, cached, entry};

use super::{Site, another_id, of};

#[cached(key = "called:<owner>:<id>", ttl = "1h", tags = ["called:<id>"], compress = "lz4")]
async fn text(owner: u64, id: u64) -> String {
    format!("{owner} {id} ").repeat(1000)
}

#[cached(key = "called-strict:<id>", ttl = "1h", tier = "remote", codec = "json")]
async fn strict(id: u64) -> Option<u64> {
    (id != 0).then_some(id)
}

#[cached(key = "имя:<owner>:<name>", ttl = "1h", tags = ["named:<name>"], group(owner))]
async fn named(owner: u64, name: &str) -> String {
    name.to_owned()
}

#[tokio::test]
async fn several_entries_are_read_in_one_command() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let owner = another_id();
        for id in 0..3 {
            one.scope(text(owner, id)).await;
        }
        two.invalidate_tag("called:1").await.unwrap();
        let entries: Vec<_> = (0..4).map(|id| entry!(text(owner, id))).collect();
        let mut texts = Vec::new();
        let commands =
            site.commands_of(async { texts = two.scope(two.get_many(entries)).await }).await;
        let expected = |id: u64| Some(format!("{owner} {id} ").repeat(1000));
        assert_eq!(texts, [expected(0), None, expected(2), None]);
        assert_eq!(commands, BTreeMap::from([("mget".to_owned(), 1)]));
        assert_eq!(of(&two, "text").loads, 0);
    }
}

#[tokio::test]
async fn entries_of_both_kinds_are_invalidated_by_a_pattern() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let owner = another_id();
        for id in 0..700 {
            one.scope(text(owner, id)).await;
        }
        one.scope(strict(7)).await;
        let mut told = Vec::new();
        let pattern = format!("called:{owner}:*7");
        let found = two.invalidate_pattern_with(&pattern, |found| told.push(found)).await.unwrap();
        assert_eq!(found, 70);
        assert!(told.is_sorted() && told.len() > 1 && told.last() == Some(&70), "{told:?}");
        let there = |id| one.peek(entry!(text(owner, id)));
        let (seven, eight) = one.scope(async { (there(7).await, there(8).await) }).await;
        assert_eq!((seven.is_some(), eight.is_some()), (false, true));
        assert_eq!(two.invalidate_pattern("called-strict:*").await.unwrap(), 1);
        assert_eq!(one.scope(one.peek(entry!(strict(7)))).await, None);
    }
}

#[tokio::test]
async fn names_in_every_script_are_read_invalidated_and_matched_like_others() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let owner = another_id();
        let names = ["日本", "日記", "Прага", "Zürich [*]", "a\\日?", "💥"];
        let there = async || {
            let mut found = Vec::new();
            for name in names {
                found.extend(two.peek(entry!(named(owner, name))).await);
            }
            found
        };
        for name in names {
            one.scope(named(owner, name)).await;
        }
        assert_eq!(two.scope(there()).await, names);
        two.invalidate_tag("named:Прага").await.unwrap();
        assert_eq!(two.scope(there()).await, ["日本", "日記", "Zürich [*]", "a\\日?", "💥"]);
        two.scope(two.invalidate(entry!(named(owner, "💥")))).await.unwrap();
        assert_eq!(two.invalidate_pattern(&format!("имя:{owner}:日*")).await.unwrap(), 2);
        assert_eq!(two.scope(there()).await, ["Zürich [*]", "a\\日?"]);
        two.scope(async { cache_runtime::invalidate!(named(owner, _)).await }).await.unwrap();
        assert_eq!(two.scope(there()).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_hit_on_the_server_is_one_command() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        for id in [0, 1] {
            one.scope(strict(id)).await;
            let hit = site.commands_of(two.scope(strict(id))).await;
            assert_eq!(hit, BTreeMap::from([("mget".to_owned(), 1)]));
        }
        assert_eq!(of(&two, "strict").remote_hits, 2);
    }
}

#[tokio::test]
async fn the_longest_deadlines_are_deadlines_like_others() {
    for site in Site::each() {
        let longest = |builder: CacheBuilder| {
            let builder = builder.connect_timeout(Duration::MAX).response_timeout(Duration::MAX);
            builder.max_wait(Duration::MAX).outage_ttl(Duration::MAX)
        };
        let (one, two) = (site.process_with(longest).await, site.process_with(longest).await);
        let id = another_id();
        assert_eq!(one.scope(strict(id)).await, Some(id));
        assert_eq!(two.scope(strict(id)).await, Some(id));
        // Longer than from one heartbeat to the next.
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        two.scope(two.invalidate(entry!(strict(id)))).await.unwrap();
        assert_eq!(one.scope(strict(id)).await, Some(id));
        assert_eq!((of(&one, "strict").loads, of(&two, "strict").loads), (2, 0));
        for cache in [&one, &two] {
            let health = cache.health().remote.unwrap();
            assert!(health.tracking && (health.losses, health.owed) == (0, 0), "{health}");
        }
    }
}
