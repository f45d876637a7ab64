//! Reports: queries that take a database a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_runtime::{Ambient, cached};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

/// What is said about an author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub(crate) struct Report {
    pub(crate) author: String,
    pub(crate) posts: i64,
}

/// The reports, and how often one was computed.
#[derive(Clone, Debug)]
pub(crate) struct Reports {
    db: SqlitePool,
    runs: Arc<AtomicU32>,
}

impl Ambient for Reports {}

impl Reports {
    pub(crate) fn new(db: &SqlitePool) -> Self {
        Self { db: db.clone(), runs: Arc::default() }
    }

    /// The tag is the one that `Users::rename` invalidates: the report shows the name.
    #[cached(key = "report:<user_id>", ttl = "10m", tags = ["author:<user_id>"])]
    pub(crate) async fn of(&self, user_id: i64) -> sqlx::Result<Report> {
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
    pub(crate) fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }
}
