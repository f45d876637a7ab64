//! Writers that fail, stop, or meet a load or another writer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{entry, invalidate, traced};

use crate::support::users::{Rejected, Then, User, Users, get_user, save_user, user};
use crate::support::{counters, settle};

/// A cache that is set after the write, as it is done by hand.
#[derive(Clone, Default)]
struct Naive {
    users: Users,
    entries: Arc<Mutex<HashMap<u64, User>>>,
}

impl Naive {
    async fn get(&self, id: u64) -> User {
        if let Some(found) = self.entries.lock().unwrap().get(&id) {
            return found.clone();
        }
        let loaded = self.users.load(id).await.unwrap();
        self.entries.lock().unwrap().insert(id, loaded.clone());
        loaded
    }

    async fn save(&self, user: User, then: Then) {
        self.users.set(user.clone());
        then.happens().await.unwrap();
        self.entries.lock().unwrap().insert(user.id, user);
    }
}

#[tokio::test]
async fn a_naive_writer_that_is_overtaken_leaves_its_older_value() {
    let naive = Naive::default();
    let gate = Gate::new();
    let first = naive.save(user(1, "first"), Then::Wait(gate.clone()));
    let second = async {
        gate.arrived(1).await;
        naive.save(user(1, "second"), Then::Answer).await;
        gate.open();
    };
    tokio::join!(first, second);
    assert_eq!(naive.users.rows()[&1], user(1, "second"));
    assert_eq!(naive.get(1).await, user(1, "first"), "stale");
}

#[tokio::test]
async fn overlapping_writers_leave_no_older_value() {
    let cache = testing::isolate();
    let users = Users::default();
    let gate = Gate::new();
    let first = save_user(&users, 1, user(1, "first"), Then::Wait(gate.clone()));
    let second = async {
        gate.arrived(1).await;
        let saved = save_user(&users, 1, user(1, "second"), Then::Answer).await;
        gate.open();
        saved
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap(), second.unwrap()), (user(1, "first"), user(1, "second")));
    assert_eq!(cache.peek(entry!(get_user(1))).await, None, "nobody knows which was the last");
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "second")));
    assert!(traced(get_user(&users, 1)).await.1.is_hit());
}

#[tokio::test]
async fn a_naive_load_that_is_overtaken_by_a_write_replaces_its_value() {
    let naive = Naive::default();
    naive.users.set(user(1, "old"));
    let gate = naive.users.slow_down_next_load();
    let write = async {
        gate.arrived(1).await;
        naive.save(user(1, "new"), Then::Answer).await;
        gate.open();
    };
    tokio::join!(naive.get(1), write);
    assert_eq!(naive.get(1).await, user(1, "old"), "stale");
}

#[tokio::test]
async fn a_write_during_a_load_stays() {
    let cache = testing::isolate();
    let users = Users::default();
    users.set(user(1, "old"));
    let gate = users.slow_down_next_load();
    let load = get_user(&users, 1);
    let write = async {
        gate.arrived(1).await;
        save_user(&users, 1, user(1, "new"), Then::Answer).await.unwrap();
        gate.open();
    };
    let (loaded, ()) = tokio::join!(load, write);
    assert_eq!(loaded, Ok(user(1, "old")));
    assert_eq!(counters(&cache, "get_user").refused.overtaken, 1);
    let (read, outcome) = traced(get_user(&users, 1)).await;
    assert!(outcome.is_hit());
    assert_eq!(read, Ok(user(1, "new")));
}

#[tokio::test]
async fn a_load_during_a_write_is_answered_and_not_stored() {
    let _cache = testing::isolate();
    let users = Users::default();
    let gate = Gate::new();
    let write = save_user(&users, 1, user(1, "new"), Then::Wait(gate.clone()));
    let reads = async {
        gate.arrived(1).await;
        for _ in 0..2 {
            assert_eq!(get_user(&users, 1).await, Ok(user(1, "new")));
        }
        assert_eq!(users.loads(), 2);
        gate.open();
    };
    let (saved, ()) = tokio::join!(write, reads);
    saved.unwrap();
    assert!(traced(get_user(&users, 1)).await.1.is_hit());
}

#[tokio::test]
async fn a_failed_write_stores_nothing_and_removes_what_it_may_have_changed() {
    let cache = testing::isolate();
    let users = Users::default();
    save_user(&users, 1, user(1, "old"), Then::Answer).await.unwrap();
    let failed = save_user(&users, 1, user(1, "half"), Then::Fail).await;
    assert_eq!(failed, Err(Rejected));
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "half")), "the row, and not the old entry");
    assert_eq!(cache.peek(entry!(get_user(1))).await, None, "guarded for a second");
    cache.clock().advance(Duration::from_secs(1));
    get_user(&users, 1).await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "half")));
}

#[tokio::test]
async fn a_write_that_panics_or_is_cancelled_is_guarded_to_its_deadline() {
    for then in [Then::Panic, Then::Wait(Gate::new())] {
        let cache = testing::isolate();
        let users = Users::default();
        save_user(&users, 1, user(1, "old"), Then::Answer).await.unwrap();
        let write = tokio::spawn({
            let (users, then) = (users.clone(), then.clone());
            async move { save_user(&users, 1, user(1, "half"), then).await }
        });
        settle().await;
        write.abort();
        assert!(write.await.is_err());
        assert_eq!(get_user(&users, 1).await, Ok(user(1, "half")));
        // the statement may still be running, so nothing is stored yet
        users.set(user(1, "late"));
        cache.clock().advance(Duration::from_secs(29));
        assert_eq!(get_user(&users, 1).await, Ok(user(1, "late")));
        assert_eq!(cache.peek(entry!(get_user(1))).await, None, "{then:?}");
        cache.clock().advance(Duration::from_secs(1));
        get_user(&users, 1).await.unwrap();
        assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "late")));
    }
}

#[tokio::test]
async fn what_is_put_or_invalidated_during_a_write_is_not_overwritten() {
    let cache = testing::isolate();
    let users = Users::default();
    for put in [true, false] {
        let gate = Gate::new();
        let write = save_user(&users, 1, user(1, "slow"), Then::Wait(gate.clone()));
        let meanwhile = async {
            gate.arrived(1).await;
            users.set(user(1, "newer"));
            if put {
                cache.put(entry!(get_user(1)), user(1, "newer")).await.unwrap();
            } else {
                invalidate!(get_user(1)).await.unwrap();
            }
            gate.open();
        };
        let (saved, ()) = tokio::join!(write, meanwhile);
        saved.unwrap();
        assert_eq!(get_user(&users, 1).await, Ok(user(1, "newer")), "put: {put}");
    }
}

#[tokio::test]
async fn a_tag_that_is_invalidated_during_a_write_takes_the_value_along() {
    let cache = testing::isolate();
    let users = Users::default();
    let gate = Gate::new();
    let write = save_user(&users, 1, user(1, "slow"), Then::Wait(gate.clone()));
    let meanwhile = async {
        gate.arrived(1).await;
        cache.invalidate_tag("user").await.unwrap();
        gate.open();
    };
    let (saved, ()) = tokio::join!(write, meanwhile);
    saved.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, None);
}
