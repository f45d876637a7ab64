//! Two versions of a program, of which a type looks otherwise although it has the same name.

use std::cell::Cell;

use serde::ser::SerializeStruct as _;
use serde::{Deserializer, Serializer};

use super::*;
use crate::support::counters;
use crate::support::log::logged;

thread_local! {
    /// The version of the program that runs on this thread.
    static RENAMED: Cell<bool> = const { Cell::new(false) };
}

/// A struct of which one field was renamed: what the other version has written decodes, without the name.
#[derive(Clone, Debug, PartialEq)]
struct User {
    id: u64,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Before {
    id: u64,
    name: Option<String>,
}

#[derive(Deserialize)]
struct After {
    id: u64,
    nick: Option<String>,
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut user = serializer.serialize_struct("User", 2)?;
        user.serialize_field("id", &self.id)?;
        let name = if RENAMED.get() { "nick" } else { "name" };
        user.serialize_field(name, &self.name)?;
        user.end()
    }
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if RENAMED.get() {
            let After { id, nick: name } = After::deserialize(deserializer)?;
            Self { id, name }
        } else {
            let Before { id, name } = Before::deserialize(deserializer)?;
            Self { id, name }
        })
    }
}

#[cached(key = "versioned:<id>", ttl = "1h")]
async fn user(id: u64) -> User {
    User { id, name: Some("Ada".to_owned()) }
}

#[tokio::test]
async fn a_renamed_field_is_no_hit_and_the_versions_do_not_push_out_each_others_values() {
    for kind in servers() {
        let server = Server::start(kind);
        let (before, after) = (process(&server).await, process(&server).await);
        let log = logged(async {
            for _ in 0..20 {
                for (cache, renamed) in [(&before, false), (&after, true)] {
                    RENAMED.set(renamed);
                    let user = cache.scope(user(7)).await;
                    assert_eq!(user.name.as_deref(), Some("Ada"));
                }
            }
        });
        let log = log.await;
        let counted = [&before, &after].map(|cache| counters(cache, "user"));
        // The report of what the first has stored may come while the second loads, which then keeps the next one.
        let loads = counted.each_ref().map(|counted| counted.loads);
        assert!(loads[0] == 1 && loads[1] <= 2, "{counted:?}");
        assert_eq!(counted[1].decode_failures, 0);
        assert!(counted.iter().all(|counted| counted.troubles.is_empty()), "{log}");
    }
}
