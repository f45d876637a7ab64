//! Reports: queries that take a database a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_runtime::{Ambient, cached};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

/// What is said about an author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Report {
    /// The author's name.
    pub author: String,
    /// How many posts there are of the author.
    pub posts: i64,
}

/// The reports, and how often one was computed.
#[derive(Clone, Debug)]
pub struct Reports {
    db: SqlitePool,
    runs: Arc<AtomicU32>,
}

// Every `Reports` of this program reads the same database, so `self` need not be in the keys.
impl Ambient for Reports {}

impl Reports {
    /// On this database.
    #[must_use]
    pub fn new(db: &SqlitePool) -> Self {
        Self { db: db.clone(), runs: Arc::default() }
    }

    /// The report on a user. It shows the name, hence the tag, which `Users::rename` invalidates. A new
    /// post is counted when the ttl is over. If the database fails then, the report from before will do for an hour.
    ///
    /// # Errors
    /// What the database reports, such as that there is no such user.
    #[cached(
        key = "report:<user_id>",
        ttl = "10m",
        stale_if_error = "1h",
        tags = ["author:<user_id>"]
    )]
    pub async fn of(&self, user_id: i64) -> sqlx::Result<Report> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let mut connection = self.db.acquire().await?;
        let report = sqlx::query_as(
            "SELECT name AS author, (SELECT count(*) FROM posts WHERE user_id = users.id) AS posts
             FROM users WHERE id = ?",
        )
        .bind(user_id)
        .fetch_one(&mut *connection)
        .await?;
        // Five thousand posts are no work for SQLite: this stands for a query that is.
        tokio::time::sleep(Duration::from_millis(60)).await;
        Ok(report)
    }

    /// How often a report was begun since the start.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }
}
