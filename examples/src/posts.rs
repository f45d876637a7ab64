//! Posts: lists that come in pages, one tag that reaches all pages of a user, and a front page that may be a little old.

use std::sync::Arc;

use cache_runtime::{Ambient, cached, invalidates};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

/// How many posts a page holds.
pub const PAGE: u32 = 20;

/// A row of `posts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Post {
    /// Given by the database.
    pub id: i64,
    /// Who wrote it.
    pub user_id: i64,
    /// What it is about.
    pub title: String,
}

/// What the front page shows of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Headline {
    /// The post.
    pub id: i64,
    /// What it is about.
    pub title: String,
    /// The name of who wrote it.
    pub author: String,
}

/// The queries on posts.
#[derive(Clone, Debug)]
pub struct Posts {
    db: SqlitePool,
}

// Every `Posts` of this program reads the same database, so `self` need not be in the keys.
impl Ambient for Posts {}

impl Posts {
    /// On this database.
    #[must_use]
    pub fn new(db: &SqlitePool) -> Self {
        Self { db: db.clone() }
    }

    /// One page of a user's posts, the newest first; the first page is 1.
    ///
    /// Returned as an `Arc`, so that a hit copies no list.
    ///
    /// # Errors
    /// What the database reports.
    #[cached(key = "posts:<user_id>:<page>", ttl = "10m", tags = ["posts:<user_id>"])]
    pub async fn list(&self, user_id: i64, page: u32) -> sqlx::Result<Arc<Vec<Post>>> {
        let before = i64::from(page.saturating_sub(1)) * i64::from(PAGE);
        sqlx::query_as(
            "SELECT id, user_id, title FROM posts WHERE user_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
        )
        .bind(user_id)
        .bind(PAGE)
        .bind(before)
        .fetch_all(&self.db)
        .await
        .map(Arc::new)
    }

    /// The front page: the newest posts of all.
    ///
    /// Every reader wants it, and every post changes it. So no write removes it: it is refreshed behind its readers, and none
    /// of them waits. While the database fails they are shown the page from before.
    ///
    /// # Errors
    /// What the database reports, if there is no page from the last hour.
    #[cached(
        key = "front-page",
        ttl = "10s",
        stale_while_revalidate = "5m",
        stale_if_error = "1h",
        ttl_only
    )]
    pub async fn front_page(&self) -> sqlx::Result<Arc<Vec<Headline>>> {
        sqlx::query_as(
            "SELECT posts.id, title, name AS author FROM posts JOIN users ON users.id = user_id
             ORDER BY posts.id DESC LIMIT ?",
        )
        .bind(PAGE)
        .fetch_all(&self.db)
        .await
        .map(Arc::new)
    }

    /// Adds a post. It moves every page of its author by one, and nobody else's.
    ///
    /// # Errors
    /// What the database reports, such as an author who does not exist.
    #[invalidates(tags = ["posts:<user_id>"])]
    pub async fn create(&self, user_id: i64, title: &str) -> sqlx::Result<Post> {
        sqlx::query_as(
            "INSERT INTO posts (user_id, title) VALUES (?, ?) RETURNING id, user_id, title",
        )
        .bind(user_id)
        .bind(title)
        .fetch_one(&self.db)
        .await
    }
}
