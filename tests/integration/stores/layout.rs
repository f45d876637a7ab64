//! The public layout, held against what the store writes on a server.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::layout::{Name, Record, Space, version};
use cache_runtime::store::{Format, Namespace, RedisStore, Store, Token};
use cache_runtime::{Cache, cached, testing};
use redis::aio::MultiplexedConnection;

use super::servers::{OnServer, patient};
use super::{Subject as _, key, lease, tag, value};

const GUARD: Duration = Duration::from_secs(30);

/// The bytes under a name, of whatever store.
async fn bytes(connection: &mut MultiplexedConnection, name: &[u8]) -> Vec<u8> {
    redis::cmd("GET").arg(name).query_async(connection).await.unwrap()
}

/// Milliseconds of the server's clock.
async fn now(connection: &mut MultiplexedConnection) -> u64 {
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(connection).await.unwrap();
    seconds * 1_000 + micros / 1_000
}

#[tokio::test]
async fn every_record_that_the_store_writes_is_parsed() {
    for subject in OnServer::each().await {
        let (store, names) = (&subject.store, Namespace::new(&subject.namespace).unwrap());
        let outside = &mut subject.server.connection().await;
        let (key, tags) = (key("a"), [tag("t"), tag("u")]);
        let name = names.entry(Space::Tracked, &key);

        let load = lease(&subject, "a").await;
        let written = bytes(outside, &name).await;
        let Some(Record::Lease(hold)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!(hold.token, load);
        assert!(hold.until.abs_diff(now(outside).await) < 60_000, "{hold:?}");

        let mut stored = value(&subject, "one", &tags).await;
        let window = Duration::from_secs(30);
        (stored.fresh, stored.ttl) = (Duration::from_mins(1), Duration::from_mins(1) + window);
        (stored.age, stored.cost) = (Duration::from_millis(700), Duration::from_micros(300));
        store.fill(&key, load, &tags, stored.clone()).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Value(parsed)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!((parsed.id, parsed.payload), (load, b"one".as_slice()));
        assert_eq!((parsed.format, parsed.cost), (stored.format, stored.cost));
        assert_eq!((parsed.lease, parsed.guard), (None, None));
        assert_eq!(parsed.fresh, stored.fresh + stored.age);
        assert_eq!(parsed.window, window);
        assert!(now(outside).await.abs_diff(parsed.created + 700) < 60_000);
        for (name, expected) in [names.epoch(), names.tag(&tags[0]), names.tag(&tags[1])]
            .iter()
            .zip([parsed.versions.epoch].into_iter().chain(parsed.versions.tags))
        {
            assert_eq!(version(&bytes(outside, name).await), Some(expected));
        }

        let next = Token::new();
        store.acquire(&key, next, GUARD, Some(load)).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Value(parsed)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!(parsed.lease.map(|lease| lease.token), Some(next));

        store.back_off(&key, next, GUARD).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Value(parsed)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!(parsed.lease.map(|lease| lease.token), Some(Token::NOBODY));

        let most = Duration::from_mins(2);
        store.renew(&key, Duration::from_hours(1), most).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Value(parsed)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!((parsed.fresh, parsed.window), (most, window));

        let before = now(outside).await;
        store.mark_stale(&key).await.unwrap();
        let marked = before..=now(outside).await;
        let (one, two) = (Token::new(), Token::new());
        store.begin(&key, one, GUARD).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Value(parsed)) = Record::parse(&written) else { panic!("{written:?}") };
        assert_eq!((parsed.guard.map(|guard| guard.token), parsed.lease), (Some(one), None));
        // A moment before it was marked.
        let stale = parsed.created + u64::try_from(parsed.fresh.as_millis()).unwrap();
        assert!(marked.contains(&(stale + 100)), "{stale}, {marked:?}");
        assert_eq!(parsed.window, window);

        store.begin(&key, two, GUARD).await.unwrap();
        let written = bytes(outside, &name).await;
        let Some(Record::Guards(guards)) = Record::parse(&written) else { panic!("{written:?}") };
        let writers: Vec<_> = guards.writers.iter().map(|writer| writer.token).collect();
        assert_eq!((writers, guards.dirty), (vec![one, two], true));
    }
}

#[tokio::test]
async fn every_name_that_the_store_writes_is_read() {
    for subject in OnServer::each().await {
        let names = Namespace::new(&subject.namespace).unwrap();
        let untracked = subject.store.untracked();
        for store in [&subject.store as &dyn Store, &untracked] {
            let token = Token::new();
            store.acquire(&key("k*"), token, GUARD, None).await.unwrap();
        }
        subject.store().versions(&[tag("t")]).await.unwrap();
        subject.store().announce(&key("local"), Token::new()).await.unwrap();

        let outside = &mut subject.server.connection().await;
        let pattern = format!("{}:*", subject.namespace);
        let written: Vec<Vec<u8>> =
            redis::cmd("KEYS").arg(pattern).query_async(outside).await.unwrap();
        let mut read: Vec<_> = written
            .iter()
            .map(|name| names.parse(name).unwrap_or_else(|| panic!("{name:?}")))
            // Written with each connection, and gone a second later.
            .filter(|name| *name != Name::Probe)
            .map(|name| format!("{name:?}"))
            .collect();
        read.sort();
        let mut expected = [
            Name::Entry(Space::Tracked, key("k*")),
            Name::Entry(Space::Untracked, key("k*")),
            // Of an announcement nothing is left.
            Name::Tag(tag("t")),
            Name::Epoch,
        ]
        .map(|name| format!("{name:?}"));
        expected.sort();
        assert_eq!(read, expected);
        let found: (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
            .arg(0)
            .arg("MATCH")
            .arg(names.pattern(Space::Tracked, b"k*"))
            .arg("COUNT")
            .arg(100_000)
            .query_async(outside)
            .await
            .unwrap();
        assert_eq!(found.1, [names.entry(Space::Tracked, &key("k*"))]);
    }
}

#[cached(key = "layout:json", ttl = "1h", codec = "json", compress = "lz4")]
async fn in_json() -> String {
    "ada".repeat(10_000)
}

#[cached(key = "layout:none", ttl = "1h", none_ttl = "1m")]
async fn none() -> Option<u64> {
    None
}

#[tokio::test]
async fn the_format_tells_how_a_cache_has_encoded_its_values() {
    for subject in OnServer::each().await {
        let options = patient(subject.server.url(), &subject.namespace);
        let store = RedisStore::connect(options).await.unwrap();
        let cache = Cache::builder().store(Arc::new(store)).build().await.unwrap();
        let cache = testing::isolate_on(cache);
        cache.scope(async { (in_json().await, none().await) }).await;
        let names = Namespace::new(&subject.namespace).unwrap();
        let outside = &mut subject.server.connection().await;

        for (name, codec, flags) in
            [("layout:json", 2, Format::COMPRESSED), ("layout:none", 1, Format::NEGATIVE)]
        {
            let written = bytes(outside, &names.entry(Space::Tracked, &key(name))).await;
            let Some(Record::Value(value)) = Record::parse(&written) else { panic!("{written:?}") };
            assert_eq!((value.format.codec, value.format.flags), (codec, flags), "{name}");
            assert_eq!(value.payload.is_empty(), flags == Format::NEGATIVE);
        }
    }
}
