//! The examples of docs/testing.md, as they stand there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_runtime::testing::{self, Gate, Injection, Lie, Operation};
use cache_runtime::testing::{assert_hit, assert_loads, assert_miss, assert_stale};
use cache_runtime::{cached, invalidates};

const SECOND: Duration = Duration::from_secs(1);

/// The database. A query has read its row when it arrives at the gate.
struct Db {
    names: Mutex<HashMap<u64, String>>,
    gate: Gate,
    is_down: AtomicBool,
}

#[cached(key = "user:<id>", ttl = "1h", skip(db))]
async fn get_user(db: &Db, id: u64) -> Option<String> {
    let name = db.names.lock().unwrap().get(&id).cloned();
    db.gate.pass().await;
    name
}

#[invalidates(get_user(id))]
async fn rename_user(db: &Db, id: u64, name: &str) -> Result<(), String> {
    db.names.lock().unwrap().insert(id, name.to_owned());
    Ok(())
}

/// A database in which user 7 is called Ada, and queries take no time.
fn database() -> Db {
    let gate = Gate::new();
    gate.open();
    let names = Mutex::new(HashMap::from([(7, "Ada".to_owned())]));
    Db { names, gate, is_down: AtomicBool::new(false) }
}

#[tokio::test]
async fn a_user_is_read_once() {
    let (cache, db) = (testing::isolate(), database());
    assert_miss(get_user(&db, 7)).await;
    let user = assert_hit(get_user(&db, 7)).await;
    assert_eq!(user.as_deref(), Some("Ada"));
    assert_loads(&cache, "get_user", 1);
}

#[tokio::test]
async fn a_user_is_read_again_after_an_hour() {
    let (cache, db) = (testing::isolate(), database());
    get_user(&db, 7).await;
    cache.clock().advance(3_599 * SECOND);
    assert_hit(get_user(&db, 7)).await;
    cache.clock().advance(SECOND);
    assert_miss(get_user(&db, 7)).await;
}

#[tokio::test]
async fn a_new_name_is_seen_at_once_and_ends_no_other_entry() {
    let (_cache, db) = (testing::isolate(), database());
    get_user(&db, 7).await;
    get_user(&db, 8).await;
    rename_user(&db, 7, "Grace").await.unwrap();
    let user = assert_miss(get_user(&db, 7)).await;
    assert_eq!(user.as_deref(), Some("Grace"));
    assert_hit(get_user(&db, 8)).await;
}

#[tokio::test]
async fn a_name_that_is_read_while_it_changes_is_not_kept() {
    let _cache = testing::isolate();
    let db = Db { gate: Gate::new(), ..database() };
    let write = async {
        db.gate.arrived(1).await; // the query has read "Ada"
        rename_user(&db, 7, "Grace").await.unwrap();
        db.gate.open();
    };
    let (before, ()) = tokio::join!(get_user(&db, 7), write);
    assert_eq!(before.as_deref(), Some("Ada"), "asked before the write");
    assert_eq!(get_user(&db, 7).await.as_deref(), Some("Grace"));
}

/// Shown for five minutes after its ttl, while it is refreshed. The refresh owns what it uses, hence the `Arc`.
#[cached(key = "shown:<id>", ttl = "1m", stale_while_revalidate = "5m", skip(db))]
async fn shown_name(db: &Arc<Db>, id: u64) -> Option<String> {
    db.names.lock().unwrap().get(&id).cloned()
}

#[tokio::test]
async fn the_old_name_is_shown_while_one_call_fetches_the_new_one() {
    let (cache, db) = (testing::isolate(), Arc::new(database()));
    shown_name(&db, 7).await;
    db.names.lock().unwrap().insert(7, "Grace".to_owned()); // and nobody says so
    cache.clock().advance(59 * SECOND);
    assert_hit(shown_name(&db, 7)).await;
    cache.clock().advance(SECOND);
    let name = assert_stale(shown_name(&db, 7)).await;
    assert_eq!(name.as_deref(), Some("Ada"));

    cache.shutdown(10 * SECOND).await.unwrap(); // the refresh has ended
    let name = assert_hit(shown_name(&db, 7)).await;
    assert_eq!(name.as_deref(), Some("Grace"));
    assert_loads(&cache, "shown_name", 2);
}

#[tokio::test]
async fn a_name_that_nobody_has_asked_for_in_time_is_fetched_first() {
    let (cache, db) = (testing::isolate(), Arc::new(database()));
    shown_name(&db, 7).await;
    cache.clock().advance((60 + 300) * SECOND);
    assert_miss(shown_name(&db, 7)).await;
}

/// A name from the last hour is better than an error.
#[cached(key = "contact:<id>", ttl = "1m", stale_if_error = "1h", skip(db))]
async fn contact(db: &Db, id: u64) -> Result<String, String> {
    if db.is_down.load(Ordering::Relaxed) {
        return Err("no connection".to_owned());
    }
    db.names.lock().unwrap().get(&id).cloned().ok_or_else(|| format!("no user {id}"))
}

#[tokio::test]
async fn a_name_from_the_last_hour_is_shown_while_the_database_is_down() {
    let (cache, db) = (testing::isolate(), database());
    contact(&db, 7).await.unwrap();
    db.is_down.store(true, Ordering::Relaxed);
    cache.clock().advance(60 * SECOND);
    for _ in 0..3 {
        let name = assert_stale(contact(&db, 7)).await;
        assert_eq!(name.as_deref(), Ok("Ada"));
    }
    assert_loads(&cache, "contact", 2); // one has failed, and the next is not due yet

    cache.clock().advance(3_600 * SECOND);
    assert_miss(contact(&db, 7)).await.unwrap_err();
}

#[tokio::test]
async fn a_new_name_is_seen_by_every_process() {
    let ([one, two], db) = (testing::nodes(), database());
    one.scope(get_user(&db, 7)).await;
    two.scope(assert_hit(get_user(&db, 7))).await; // loaded by the other, and copied
    one.scope(rename_user(&db, 7, "Grace")).await.unwrap();
    let user = two.scope(assert_miss(get_user(&db, 7))).await;
    assert_eq!(user.as_deref(), Some("Grace"));

    one.clock().advance(3_600 * SECOND);
    two.scope(assert_miss(get_user(&db, 7))).await;
}

#[tokio::test]
async fn users_are_read_while_the_store_is_dead_and_cached_when_it_is_back() {
    let ([node], db) = (testing::nodes(), database());
    node.store().inject(Injection::Fail);
    let user = node.scope(assert_miss(get_user(&db, 7))).await;
    assert_eq!(user.as_deref(), Some("Ada"));

    node.store().heal();
    node.scope(assert_miss(get_user(&db, 7))).await;
    node.scope(assert_hit(get_user(&db, 7))).await;
}

#[tokio::test]
async fn a_new_name_reaches_the_others_after_an_outage() {
    let ([one, two], db) = (testing::nodes(), database());
    two.scope(get_user(&db, 7)).await;
    one.store().disconnect();
    one.scope(rename_user(&db, 7, "Grace")).await.unwrap();
    let user = one.scope(get_user(&db, 7)).await;
    assert_eq!(user.as_deref(), Some("Grace"));

    one.store().heal();
    one.shutdown(10 * SECOND).await.unwrap(); // it has told the store
    let user = two.scope(get_user(&db, 7)).await;
    assert_eq!(user.as_deref(), Some("Grace"));
}

#[tokio::test]
async fn a_store_that_does_not_answer_costs_a_call_its_time_and_no_more() {
    let [node] = testing::nodes_with(|build| build.response_timeout(Duration::from_millis(20)));
    let db = database();
    node.store().inject(Injection::Hang);
    let user = node.scope(assert_miss(get_user(&db, 7))).await; // 20 ms later
    assert_eq!(user.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn an_answer_that_a_write_overtakes_is_not_copied() {
    let ([one, two], db, gate) = (testing::nodes(), database(), Gate::new());
    one.scope(get_user(&db, 7)).await;
    two.store().inject_on(Operation::Read, Injection::HoldAnswers(gate.clone()));
    let write = async {
        gate.arrived(1).await; // the store has answered "Ada"
        one.scope(rename_user(&db, 7, "Grace")).await.unwrap();
        gate.open();
    };
    tokio::join!(two.scope(get_user(&db, 7)), write);
    assert_eq!(two.scope(get_user(&db, 7)).await.as_deref(), Some("Grace"));
}

#[tokio::test]
async fn a_store_that_lies_is_not_believed() {
    for lie in [Lie::CutShort, Lie::Garbled, Lie::AnotherType] {
        let ([node], db) = (testing::nodes(), database());
        node.scope(get_user(&db, 7)).await;
        node.store().inject_on(Operation::Read, Injection::Lie(lie));
        let user = node.scope(assert_miss(get_user(&db, 7))).await;
        assert_eq!(user.as_deref(), Some("Ada"), "{lie:?}");
    }
}

#[tokio::test]
async fn a_hit_in_the_store_is_one_request_and_a_copy_none() {
    let ([one, two], db) = (testing::nodes(), database());
    one.scope(get_user(&db, 7)).await;
    two.scope(assert_hit(get_user(&db, 7))).await;
    assert_eq!(two.store().requests().total(), 1);
    two.scope(assert_hit(get_user(&db, 7))).await;
    assert_eq!(two.store().requests().total(), 1);
}
