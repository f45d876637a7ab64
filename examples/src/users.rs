//! Users: one annotated method per query.

use cache_runtime::{Ambient, cached, invalidates};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct User {
    /// Given by the database.
    pub id: i64,
    /// What to call them.
    pub name: String,
    /// Unique.
    pub email: String,
}

/// The queries on users.
#[derive(Clone, Debug)]
pub struct Users {
    db: SqlitePool,
}

// Every `Users` of this program reads the same database, so `self` need not be in the keys.
impl Ambient for Users {}

impl Users {
    /// On this database.
    #[must_use]
    pub fn new(db: &SqlitePool) -> Self {
        Self { db: db.clone() }
    }

    /// The user with this id. That there is none is remembered too, for half a minute.
    ///
    /// # Errors
    /// What the database reports. Errors are never cached.
    #[cached(key = "user:<id>", ttl = "1h", none_ttl = "30s", tags = ["user"])]
    pub async fn get(&self, id: i64) -> sqlx::Result<Option<User>> {
        sqlx::query_as("SELECT id, name, email FROM users WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.db)
            .await
    }

    /// The users with these ids, in their order; an id that nobody has is left out. Only those that are not cached are asked for,
    /// all in one query.
    ///
    /// # Errors
    /// What the database reports.
    #[cached(each = ids, id = |user| user.id, writes = self.get(id))]
    pub async fn list(&self, ids: &[i64]) -> sqlx::Result<Vec<User>> {
        let of_ids =
            "SELECT id, name, email FROM users WHERE id IN (SELECT value FROM json_each(?))";
        sqlx::query_as(of_ids).bind(format!("{ids:?}")).fetch_all(&self.db).await
    }

    /// Gives the user another name; `None` if there is no such user.
    ///
    /// `author:<id>` reaches whatever else shows the name.
    ///
    /// # Errors
    /// What the database reports. The entries are removed all the same: after
    /// an error nobody knows what was written.
    #[invalidates(self.get(id), tags = ["author:<id>"])]
    pub async fn rename(&self, id: i64, name: &str) -> sqlx::Result<Option<User>> {
        sqlx::query_as("UPDATE users SET name = ? WHERE id = ? RETURNING id, name, email")
            .bind(name)
            .bind(id)
            .fetch_optional(&self.db)
            .await
    }

    /// Adds a user. Its id is known only afterwards, hence the closure: it
    /// removes the cached "there is no such user".
    ///
    /// # Errors
    /// What the database reports, such as a second user with this email.
    #[invalidates(|user| self.get(user.id))]
    pub async fn create(&self, name: &str, email: &str) -> sqlx::Result<User> {
        sqlx::query_as("INSERT INTO users (name, email) VALUES (?, ?) RETURNING id, name, email")
            .bind(name)
            .bind(email)
            .fetch_one(&self.db)
            .await
    }
}
