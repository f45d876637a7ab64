//! What others put under a store's names, and what a broken store did, is neither served nor touched.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::{Acquired, Begun, Filled, Found, RedisStore, Store, Token, Versions};
use redis::aio::MultiplexedConnection;

use super::servers::{OnServer, patient};
use super::watcher::Watcher;
use super::{Subject as _, key, lease, stored, tag, value};

const GUARD: Duration = Duration::from_secs(30);

/// The bytes that a server keeps under a key, of whatever type.
async fn dump(connection: &mut MultiplexedConnection, name: &str) -> Option<Vec<u8>> {
    redis::cmd("DUMP").arg(name).query_async(connection).await.unwrap()
}

/// Puts something under a name that no store of ours has put there.
async fn put(connection: &mut MultiplexedConnection, name: &str, foreign: &Foreign) {
    redis::cmd("DEL").arg(name).query_async::<()>(connection).await.unwrap();
    let command = match foreign {
        Foreign::Text(text) => redis::cmd("SET").arg(name).arg(text).to_owned(),
        Foreign::List => redis::cmd("RPUSH").arg(name).arg("a").arg("b").to_owned(),
    };
    command.query_async::<redis::Value>(connection).await.unwrap();
}

#[derive(Debug)]
enum Foreign {
    Text(Vec<u8>),
    List,
}

fn foreign() -> Vec<Foreign> {
    let record = |kind: u8, length: usize| {
        let mut bytes = vec![0; length];
        (bytes[0], bytes[1]) = (0xC5, kind);
        bytes
    };
    let texts = [
        b"a text".to_vec(),
        b"12345".to_vec(),
        vec![],
        vec![0; 100],
        vec![0xC5],
        record(b'V', 63),
        record(b'L', 10),
        record(b'X', 64),
        [b"\xC4V".as_slice(), &[0; 80]].concat(),
    ];
    texts.into_iter().map(Foreign::Text).chain([Foreign::List]).collect()
}

/// Everything that can be done to an entry.
async fn everything(subject: &OnServer, name: &str) -> String {
    let (store, key, token) = (&subject.store, key(name), Token::new());
    let value = value(subject, "ours", &[]).await;
    let read = store.read(&key, &[]).await.unwrap().found;
    let acquired = store.acquire(&key, token, GUARD, None).await.unwrap();
    assert_eq!(acquired, Acquired::Foreign);
    assert_eq!(store.fill(&key, token, &[], value.clone()).await.unwrap(), Filled::Refused);
    assert!(!store.extend(&key, token, GUARD).await.unwrap());
    store.release(&key, token).await.unwrap();
    assert_eq!(store.begin(&key, token, GUARD).await.unwrap(), Begun::Overlapping);
    assert_eq!(store.commit(&key, token, &[], Some(value)).await.unwrap(), Filled::Refused);
    store.commit(&key, token, &[], None).await.unwrap();
    store.abandon(&key, token, Some(GUARD)).await.unwrap();
    store.abandon(&key, token, None).await.unwrap();
    store.cancel(&key, token).await.unwrap();
    store.mark_stale(&key).await.unwrap();
    store.invalidate(&key).await.unwrap();
    format!("{read:?}")
}

#[tokio::test]
async fn what_others_keep_under_our_names_stays_as_it_is() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let name = format!("{}:v:a", subject.namespace);
        for foreign in foreign() {
            put(&mut outside, &name, &foreign).await;
            let before = dump(&mut outside, &name).await;
            let read = everything(&subject, "a").await;
            // A list is no string to the command that reads; whoever acts on it learns what it is.
            let expected = if matches!(foreign, Foreign::List) { "Nothing" } else { "Foreign" };
            assert_eq!(read, expected, "{foreign:?}");
            assert_eq!(dump(&mut outside, &name).await, before, "{foreign:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_cached_with_a_tag_whose_name_others_use() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let (tags, name) = ([tag("t")], format!("{}:t:t", subject.namespace));
        for foreign in [Foreign::Text(b"text".to_vec()), Foreign::Text(vec![]), Foreign::List] {
            put(&mut outside, &name, &foreign).await;
            let before = dump(&mut outside, &name).await;
            let versions = subject.store.versions(&tags).await.unwrap();
            assert_eq!(versions.tags, [0], "{foreign:?}");
            let token = lease(&subject, "a").await;
            let value = value(&subject, "x", &tags).await;
            let filled = subject.store.fill(&key("a"), token, &tags, value).await.unwrap();
            assert_eq!(filled, Filled::Outdated);
            subject.store.bump(&tags[0]).await.unwrap();
            assert_eq!(dump(&mut outside, &name).await, before, "{foreign:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_cached_while_others_use_the_name_of_the_epoch() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let name = format!("{}:e", subject.namespace);
        put(&mut outside, &name, &Foreign::List).await;
        let before = dump(&mut outside, &name).await;
        let unknown = Versions::new(0, vec![]);
        assert_eq!(subject.store.versions(&[]).await.unwrap(), unknown);
        subject.store.clear().await.unwrap();
        let token = lease(&subject, "a").await;
        let value = value(&subject, "x", &[]).await;
        let filled = subject.store.fill(&key("a"), token, &[], value).await.unwrap();
        assert_eq!(filled, Filled::Outdated);
        lease(&subject, "a").await;
        assert_eq!(dump(&mut outside, &name).await, before);
    }
}

#[tokio::test]
async fn an_announcement_leaves_what_others_keep_under_its_name_and_is_told_all_the_same() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let watcher = Arc::new(Watcher::default());
        let other = patient(subject.server.url(), &subject.namespace);
        let other = RedisStore::connect(other).await.unwrap();
        other.watch(watcher.clone());
        watcher.until("restored", 1).await;
        let (by, all) = (Token::new(), format!("{}:i", subject.namespace));
        let own = format!("{all}:{:016x}:a", by.to_bits());
        for foreign in [Foreign::Text(b"text".to_vec()), Foreign::Text(vec![]), Foreign::List] {
            put(&mut outside, &own, &foreign).await;
            watcher.until("announced a", 1).await;
            let before = dump(&mut outside, &own).await;
            let told = watcher.count("cleared");
            subject.store.announce(&key("a"), by).await.unwrap();
            watcher.until("cleared", told + 1).await;
            assert_eq!(dump(&mut outside, &own).await, before, "{foreign:?}");

            // Where there is no name left nobody can be told; what is there stays nevertheless.
            put(&mut outside, &all, &foreign).await;
            let before = dump(&mut outside, &all).await;
            subject.store.announce(&key("a"), by).await.unwrap();
            assert_eq!(dump(&mut outside, &all).await, before, "{foreign:?}");
            redis::cmd("DEL").arg(&all).query_async::<()>(&mut outside).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_byte_that_was_changed_never_changes_how_much_is_served() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let name = format!("{}:v:a", subject.namespace);
        stored(&subject, "a", "value").await;
        let mut get = redis::cmd("GET");
        let good: Vec<u8> = get.arg(&name).query_async(&mut outside).await.unwrap();
        for at in 0..good.len() {
            for garbage in [0x00, 0xFF, good[at] ^ 1, b'L', b'W'] {
                let mut bytes = good.clone();
                bytes[at] = garbage;
                put(&mut outside, &name, &Foreign::Text(bytes)).await;
                if let Found::Fresh(found) | Found::Stale(found) =
                    subject.store.read(&key("a"), &[]).await.unwrap().found
                {
                    assert_eq!(found.bytes.len(), 5, "byte {at} is {garbage}");
                }
                let acquired = subject.store.acquire(&key("a"), Token::new(), GUARD, None).await;
                if let Acquired::Changed(found) = acquired.unwrap() {
                    assert_eq!(found.bytes.len(), 5, "byte {at} is {garbage}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_value_that_is_too_large_is_not_stored_and_its_lease_is_free() {
    for subject in OnServer::each().await {
        let store = &subject.store;
        let mut large = value(&subject, "", &[]).await;
        large.bytes = vec![7; (1 << 20) + 1];
        let token = lease(&subject, "a").await;
        let filled = store.fill(&key("a"), token, &[], large.clone()).await.unwrap();
        assert_eq!(filled, Filled::TooLarge);
        stored(&subject, "a", "small").await;

        let writer = super::begin(&subject, "a").await;
        let filled = store.commit(&key("a"), writer, &[], Some(large)).await.unwrap();
        assert_eq!(filled, Filled::TooLarge);
        assert_eq!(super::found(store, "a").await, Found::Nothing);
        let mut most = value(&subject, "", &[]).await;
        most.bytes = vec![7; 1 << 20];
        let token = lease(&subject, "a").await;
        let filled = store.fill(&key("a"), token, &[], most.clone()).await.unwrap();
        assert_eq!(filled, Filled::Stored);
        let Found::Fresh(found) = super::found(subject.store(), "a").await else { panic!() };
        assert_eq!(found.bytes, most.bytes);
    }
}
