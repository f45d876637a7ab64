//! What can be written through: an argument or the result, under an own key or a reader's, by functions and methods.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::testing;
use cache_runtime::{bypass, cached, entry, invalidates, policies, traced};

use crate::support::counters;
use crate::support::users::{Rejected, Result, Then, User, Users, get_user, save_user, user};

#[tokio::test]
async fn a_saved_user_is_read_without_a_load() {
    let cache = testing::isolate();
    let users = Users::default();
    save_user(&users, 1, user(1, "Ada"), Then::Answer).await.unwrap();
    let (read, outcome) = traced(get_user(&users, 1)).await;
    assert_eq!((read, users.loads()), (Ok(user(1, "Ada")), 0));
    assert!(outcome.is_hit());
    assert_eq!(counters(&cache, "save_user").writes_through, 1);
    cache.clock().advance(Duration::from_hours(1));
    assert!(traced(get_user(&users, 1)).await.1.is_miss(), "it lives as long as its ttl says");
    cache.invalidate_tag("user").await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, None, "it carries its tags");
}

#[cached(ttl = "1h", key = "member:<id>", tags = ["user"], strategy = "write_through", value = return, skip(name))]
async fn rename_user(users: &Users, id: u64, name: &str) -> Result<User> {
    let mut rows = users.rows();
    let row = rows.get_mut(&id).ok_or(Rejected)?;
    name.clone_into(&mut row.name);
    Ok(row.clone())
}

#[cached(ttl = "1h", key = "member:<user.id>", tags = ["user"], strategy = "write_through")]
async fn store_user(users: &Users, user: &User) -> Result<User> {
    users.set(user.clone());
    Ok(user.clone())
}

#[cached(strategy = "write_through", writes = get_user(user.id), guard = "10s", value = user)]
async fn import_user(users: &Users, user: Arc<User>, then: Then) -> Result<()> {
    users.set(User::clone(&user));
    then.happens().await
}

#[cached(
    strategy = "write_through",
    writes = get_user(id),
    value = return,
    only_ok,
    store_if = |user| user.name != "nobody"
)]
async fn touch_user(users: &Users, id: u64) -> Result<Option<User>> {
    Ok(Some(users.rows().get(&id).cloned().ok_or(Rejected)?))
}

#[tokio::test]
async fn the_result_an_argument_and_another_functions_entry_can_be_written() {
    let cache = testing::isolate();
    let users = Users::default();
    store_user(&users, &user(1, "Ada")).await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "Ada")));
    rename_user(&users, 1, "Grace").await.unwrap();
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "Grace")));
    import_user(&users, Arc::new(user(1, "Jean")), Then::Answer).await.unwrap();
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "Jean")));
    cache.invalidate_tag("user").await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, None, "the reader's tags");
    touch_user(&users, 1).await.unwrap();
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "Jean")));
    assert_eq!(users.loads(), 0);
}

#[tokio::test]
async fn a_value_that_is_not_to_be_stored_still_ends_the_old_one() {
    let cache = testing::isolate();
    let users = Users::default();
    save_user(&users, 1, user(1, "Ada"), Then::Answer).await.unwrap();
    users.set(user(1, "nobody"));
    touch_user(&users, 1).await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, None);
    assert_eq!(counters(&cache, "get_user").refused.store_if, 1);
}

#[tokio::test]
async fn with_only_ok_an_error_leaves_the_old_value() {
    let cache = testing::isolate();
    let users = Users::default();
    save_user(&users, 1, user(1, "Ada"), Then::Answer).await.unwrap();
    users.rows().clear();
    assert_eq!(touch_user(&users, 1).await, Err(Rejected));
    assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "Ada")));
}

#[tokio::test]
async fn under_bypass_the_old_value_is_removed_and_no_new_one_stored() {
    let cache = testing::isolate();
    let users = Users::default();
    save_user(&users, 1, user(1, "Ada"), Then::Answer).await.unwrap();
    bypass(save_user(&users, 1, user(1, "Grace"), Then::Answer)).await.unwrap();
    assert_eq!(cache.peek(entry!(get_user(1))).await, None);
}

struct Repository {
    tenant: u64,
    users: Users,
}

impl Repository {
    #[cached(ttl = "1h", key = "of:<self.tenant>:<id>", strategy = "write_through", skip(self.users))]
    async fn get(&self, id: u64) -> Result<Option<User>> {
        Ok(Some(self.users.load(id).await?))
    }

    #[cached(
        ttl = |user: &User| Duration::from_secs(user.id),
        key = "of:<self.tenant>:<id>",
        strategy = "write_through",
        skip(self.users)
    )]
    #[invalidates(tags = ["user"])]
    async fn save(&self, id: u64, user: &User) -> Result<()> {
        assert_eq!(user.id, id);
        self.users.set(user.clone());
        Ok(())
    }

    #[cached(strategy = "write_through", writes = self.get(user.id))]
    async fn import(&self, user: User) {
        self.users.set(user);
    }
}

#[tokio::test]
async fn methods_write_through_to_the_entries_of_their_own_self() {
    let cache = testing::isolate();
    let repository = Repository { tenant: 7, users: Users::default() };
    let other = Repository { tenant: 8, users: repository.users.clone() };
    repository.save(5, &user(5, "Ada")).await.unwrap();
    assert_eq!(repository.get(5).await, Ok(Some(user(5, "Ada"))));
    assert_eq!(repository.users.loads(), 0);
    assert_eq!(cache.peek(entry!(other.get(5))).await, None);
    cache.clock().advance(Duration::from_secs(5));
    assert!(traced(repository.get(5)).await.1.is_miss(), "the ttl is of the value");
    other.import(user(5, "Grace")).await;
    assert_eq!(cache.peek(entry!(other.get(5))).await, Some(Some(user(5, "Grace"))));
}

#[test]
fn readers_and_writers_of_one_entry_are_listed_and_held_against_each_other() {
    let policies = policies();
    let of = |name: &str| {
        policies
            .iter()
            .find(|policy| policy.name == name && policy.key.starts_with("member:"))
            .unwrap_or_else(|| panic!("`{name}` is not listed"))
    };
    let (reader, writer) = (of("get_user"), of("save_user"));
    assert!(!reader.writes && writer.writes);
    assert_eq!((reader.value, writer.value), ("User", "User"));
    let writers: Vec<_> =
        policies.writers_of(reader).into_iter().map(|writer| writer.name).collect();
    for name in ["save_user", "rename_user", "store_user", "import_user", "touch_user"] {
        assert!(writers.contains(&name), "{name}: {writers:?}");
    }
    let about = policies.check().into_iter().map(|advice| advice.to_string());
    let about: Vec<_> = about.filter(|advice| advice.contains("member:<")).collect();
    assert!(about.is_empty(), "{about:#?}");
}
