//! "Update, then return the row": what is written through is what the body wrote, however it got it.

use cache_runtime::testing;
use cache_runtime::{cached, entry, invalidates, traced};

use crate::support::users::{Rejected, Result, User, Users, get_user, user};

/// Of the key and the tags of [`get_user`], whose value it returns.
#[cached(ttl = "1h", key = "member:<id>", tags = ["user"], strategy = "write_through", value = return, skip(name))]
async fn rename_and_read(users: &Users, id: u64, name: &str) -> Result<User> {
    users.set(user(id, name));
    get_user(users, id).await
}

#[cached(strategy = "write_through", writes = get_user(id), value = return)]
async fn rename_and_read_elsewhere(users: &Users, id: u64, name: &str) -> Result<User> {
    users.set(user(id, name));
    get_user(users, id).await
}

#[cached(strategy = "write_through", writes = get_user(id), value = return)]
#[invalidates(tags = ["user"])]
async fn rename_among_all(users: &Users, id: u64, name: &str) -> Result<User> {
    users.set(user(id, name));
    let (read, outcome) = traced(get_user(users, id)).await;
    assert!(outcome.is_bypass());
    read
}

#[tokio::test]
async fn a_row_that_is_read_back_is_the_one_that_was_written() {
    let cache = testing::isolate();
    let users = Users::default();
    users.set(user(1, "Ada"));
    get_user(&users, 1).await.unwrap();
    assert_eq!(rename_and_read(&users, 1, "Grace").await, Ok(user(1, "Grace")));
    assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "Grace")));
    assert_eq!(rename_and_read_elsewhere(&users, 1, "Jean").await, Ok(user(1, "Jean")));
    assert_eq!(cache.peek(entry!(get_user(1))).await, Some(user(1, "Jean")));
    assert_eq!(rename_among_all(&users, 1, "Mary").await, Ok(user(1, "Mary")));
    assert_eq!(get_user(&users, 1).await, Ok(user(1, "Mary")));
}

#[tokio::test]
async fn an_error_inside_leaves_nothing() {
    let cache = testing::isolate();
    let users = Users::default();
    users.set(user(1, "Ada"));
    get_user(&users, 1).await.unwrap();
    users.rows().clear();
    let failing = rename_of_nobody(&users, 1).await;
    assert_eq!(failing, Err(Rejected));
    assert_eq!(cache.peek(entry!(get_user(1))).await, None);
}

#[cached(strategy = "write_through", writes = get_user(id), value = return)]
async fn rename_of_nobody(users: &Users, id: u64) -> Result<User> {
    get_user(users, id).await
}
