//! What others put under our names, and values of ours of which a part has changed.

use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

impl User {
    fn of(id: u64) -> Self {
        Self { id, name: "Ada King".to_owned() }
    }
}

// No copies: every call sees what the server has.
#[cached(key = "garbled:<id>", ttl = "1h", tags = ["garbled"], tier = "remote")]
async fn user(id: u64) -> Option<User> {
    Some(User::of(id))
}

#[invalidates(user(id))]
async fn rename(id: u64) -> Result<(), String> {
    let _ = id;
    Ok(())
}

async fn set(server: &mut MultiplexedConnection, name: &str, bytes: &[u8]) {
    let mut command = redis::cmd("SET");
    command.arg(name).arg(bytes).arg("PX").arg(60_000);
    command.query_async::<()>(server).await.unwrap();
}

/// What a server keeps under a key, of whatever type.
async fn dump(server: &mut MultiplexedConnection, name: &str) -> Option<Vec<u8>> {
    redis::cmd("DUMP").arg(name).query_async(server).await.unwrap()
}

/// The bytes that may stand in the place of one: in the header any that mean something, in the value one that neither
/// text nor an encoding can hold. Nothing else tells a changed value from one that was meant.
fn changes(at: usize, byte: u8, payload_at: usize) -> Vec<u8> {
    match at {
        1..=3 | 32 => (0..=0xFF).collect(),
        _ if at < payload_at => vec![0, 0xFF, 0xC1, byte ^ 1, byte ^ 8, byte ^ 0x80],
        _ => vec![0xC1],
    }
}

#[tokio::test]
async fn whatever_byte_of_a_stored_value_changes_callers_get_the_right_one() {
    for site in Site::each() {
        let cache = site.process().await;
        let mut outside = site.server.connection().await;
        let id = another_id() % 100;
        let name = format!("cache:r:garbled:{id}");
        cache.scope(user(id)).await;
        let mut get = redis::cmd("GET");
        let good: Vec<u8> = get.arg(&name).query_async(&mut outside).await.unwrap();
        let payload_at = usize::from(u16::from_be_bytes([good[34], good[35]]));

        for (at, byte) in good.iter().enumerate() {
            for change in changes(at, *byte, payload_at) {
                let mut bytes = good.clone();
                bytes[at] = change;
                set(&mut outside, &name, &bytes).await;
                assert_eq!(cache.scope(user(id)).await, Some(User::of(id)), "{change:#x} at {at}");
            }
            set(&mut outside, &name, &good[..at]).await;
            assert_eq!(cache.scope(user(id)).await, Some(User::of(id)), "{at} bytes");
        }

        let counted = of(&cache, "user");
        assert!(counted.decode_failures > 0, "{counted:?}");
        assert!(counted.refused.other_version > 0, "{counted:?}");
        assert_eq!(counted.type_mismatches, 0, "no two functions share a key: {counted:?}");
        assert!(counted.refused.foreign > 0, "{counted:?}");
        let health = health(&cache);
        assert!(health.is_healthy() && health.losses == 0, "{health}");

        redis::cmd("UNLINK").arg(&name).query_async::<()>(&mut outside).await.unwrap();
        cache.scope(user(id)).await;
        let before = of(&cache, "user").remote_hits;
        cache.scope(user(id)).await;
        assert_eq!(of(&cache, "user").remote_hits - before, 1, "it is cached again");
    }
}

#[tokio::test]
async fn what_another_program_keeps_under_our_names_is_left_alone_and_callers_are_served() {
    for site in Site::each() {
        let cache = site.process().await;
        let mut outside = site.server.connection().await;
        let id = another_id();
        let names = [format!("cache:r:garbled:{id}"), "cache:t:garbled".into(), "cache:e".into()];
        for name in names {
            for list in [false, true] {
                redis::cmd("DEL").arg(&name).query_async::<()>(&mut outside).await.unwrap();
                if list {
                    let mut push = redis::cmd("RPUSH");
                    push.arg(&name).arg("theirs").query_async::<()>(&mut outside).await.unwrap();
                } else {
                    set(&mut outside, &name, b"theirs").await;
                }
                let theirs = dump(&mut outside, &name).await;
                let case = format!("a {} at {name}", if list { "list" } else { "string" });

                let before = of(&cache, "user").refused.foreign;
                assert_eq!(cache.scope(user(id)).await, Some(User::of(id)), "{case}");
                let counted = of(&cache, "user");
                assert_eq!(counted.refused.foreign - before, 1, "{case}: {counted:?}");
                cache.scope(rename(id)).await.unwrap();
                let entry = || cache.scope(async { entry!(user(id)) });
                // Whether there is something to put or to end is not the question here.
                let _ = cache.scope(cache.put(entry().await, Some(User::of(id)))).await;
                let _ = cache.scope(cache.mark_stale(entry().await)).await;
                let _ = cache.invalidate_tag("garbled").await;
                let _ = cache.clear().await;
                assert_eq!(cache.scope(user(id)).await, Some(User::of(id)), "{case}");
                assert_eq!(dump(&mut outside, &name).await, theirs, "{case}");
                assert_eq!(health(&cache).losses, 0, "{case}");
            }
            redis::cmd("DEL").arg(&name).query_async::<()>(&mut outside).await.unwrap();
        }
        cache.scope(user(id)).await;
        let before = of(&cache, "user").remote_hits;
        cache.scope(user(id)).await;
        assert_eq!(of(&cache, "user").remote_hits - before, 1, "it is cached again");
        assert_eq!(health(&cache).owed, 0);
    }
}
