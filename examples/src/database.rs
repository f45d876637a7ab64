//! The SQLite database that the examples share: its tables, its rows, a new file for each run.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{QueryBuilder, Sqlite, SqlitePool, Transaction};

/// How many users a new database holds.
pub const USERS: u32 = 1_000;
/// How many posts a new database holds; as everywhere, few users write most of them.
pub const POSTS: u32 = 5_000;

const TABLES: &str = "
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    title TEXT NOT NULL
) STRICT;
CREATE INDEX posts_by_user ON posts (user_id, id);
";

/// Connections to a database, and its file if that is to go with them.
#[derive(Debug)]
pub struct Database {
    pool: SqlitePool,
    is_new: bool,
    file: Option<TemporaryFile>,
}

impl Database {
    /// A new database in the temporary folder, filled; dropping it removes the file.
    ///
    /// # Errors
    /// If the file cannot be created or written.
    pub async fn fresh() -> sqlx::Result<Self> {
        let file = TemporaryFile::create()?;
        let options = SqliteConnectOptions::new().filename(&file.path);
        let (pool, is_new) = connect(options, 8).await?;
        Ok(Self { pool, is_new, file: Some(file) })
    }

    /// The database at `url` (`sqlite:path`), created and filled if it has no users table.
    ///
    /// # Errors
    /// If `url` is not one of SQLite, or the file cannot be used.
    pub async fn open(url: &str) -> sqlx::Result<Self> {
        if !url.starts_with("sqlite:") {
            let hint = "the examples run on SQLite: write sqlite:path/to/file";
            return Err(sqlx::Error::Configuration(hint.into()));
        }
        let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true);
        // A database in memory belongs to the connection that made it.
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let (pool, is_new) = connect(options, if in_memory { 1 } else { 8 }).await?;
        Ok(Self { pool, is_new, file: None })
    }

    /// The connections, for the repositories.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Tells whether it was filled just now. A cache that outlives its database has to be cleared then: its entries are
    /// about another one's rows.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Waits for the queries that run, then closes every connection.
    pub async fn close(self) {
        let Self { pool, file, .. } = self;
        pool.close().await;
        drop(file);
    }
}

/// The connections, and whether the database was filled.
async fn connect(
    options: SqliteConnectOptions,
    connections: u32,
) -> sqlx::Result<(SqlitePool, bool)> {
    let options = options
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    let is_new = fill_if_new(&pool).await?;
    Ok((pool, is_new))
}

async fn fill_if_new(pool: &SqlitePool) -> sqlx::Result<bool> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_master WHERE name = 'users'")
        .fetch_optional(&mut *transaction)
        .await?;
    if known.is_none() {
        sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
        insert_users(&mut transaction).await?;
        insert_posts(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(known.is_none())
}

async fn insert_users(transaction: &mut Transaction<'_, Sqlite>) -> sqlx::Result<()> {
    QueryBuilder::new("INSERT INTO users (name, email) ")
        .push_values(0..USERS, |mut row, n| {
            let (first, last) = (pick(&FIRST, n), pick(&LAST, n / 40));
            row.push_bind(format!("{first} {last}"));
            row.push_bind(format!("{first}.{last}@example.com").to_lowercase());
        })
        .build()
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn insert_posts(transaction: &mut Transaction<'_, Sqlite>) -> sqlx::Result<()> {
    QueryBuilder::new("INSERT INTO posts (user_id, title) ")
        .push_values(0..POSTS, |mut row, n| {
            let authors = if n % 2 == 0 { 50 } else { USERS };
            let (opening, subject) = (pick(&OPENING, n / 2), pick(&SUBJECT, n / 16));
            row.push_bind(n / 2 % authors + 1);
            row.push_bind(format!("{opening} {subject}"));
        })
        .build()
        .execute(&mut **transaction)
        .await
        .map(drop)
}

fn pick<'a>(words: &[&'a str], n: u32) -> &'a str {
    words[n as usize % words.len()]
}

/// A file that is removed when this is dropped, with what SQLite puts beside it.
#[derive(Debug)]
struct TemporaryFile {
    path: PathBuf,
}

impl TemporaryFile {
    /// Never a file that exists: another run's, or one left by a crash.
    fn create() -> std::io::Result<Self> {
        let process = std::process::id();
        let mut n = 0;
        loop {
            let path = std::env::temp_dir().join(format!("cache-examples-{process}-{n}.sqlite"));
            match fs::File::create_new(&path) {
                Ok(_) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => n += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            // Nothing can be done about a file that stays, and the folder is a temporary one.
            let _ = fs::remove_file(Path::new(&path));
        }
    }
}

const FIRST: [&str; 40] = [
    "Alan", "Anita", "Barbara", "Bjarne", "Brian", "Dennis", "Ada", "Dorothy", "Edith", "Edsger",
    "Elena", "Frances", "Grace", "Guido", "Hedy", "Ida", "Ivan", "Jean", "Joan", "John", "Karen",
    "Kathleen", "Ken", "Leslie", "Linus", "Lynn", "Margaret", "Marian", "Mary", "Niklaus", "Olga",
    "Peter", "Radia", "Robin", "Shafi", "Sophie", "Tony", "Vera", "Wendy", "Yukihiro",
];
const LAST: [&str; 25] = [
    "Allen", "Bartik", "Borg", "Clarke", "Conway", "Diffie", "Estrin", "Floyd", "Hamilton",
    "Hoare", "Hopper", "Jones", "Keller", "Lamport", "Liskov", "Lovelace", "McCarthy", "Perlman",
    "Ritchie", "Shannon", "Snyder", "Spaerck", "Turing", "Wilson", "Wirth",
];
const OPENING: [&str; 5] =
    ["Notes on", "Against", "In praise of", "The cost of", "A short history of"];
const SUBJECT: [&str; 8] = [
    "caching",
    "naming things",
    "off-by-one errors",
    "early returns",
    "long functions",
    "small tables",
    "clocks",
    "tests",
];

#[cfg(test)]
mod tests {
    use super::*;

    const USERS_HELD: &str = "SELECT count(*) FROM users";
    const POSTS_HELD: &str = "SELECT count(*) FROM posts";

    async fn count(pool: &SqlitePool, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
    }

    #[tokio::test]
    async fn a_fresh_database_is_full_and_leaves_no_file() {
        let database = Database::fresh().await.unwrap();
        assert_eq!(count(database.pool(), USERS_HELD).await, i64::from(USERS));
        assert_eq!(count(database.pool(), POSTS_HELD).await, i64::from(POSTS));

        let path = database.file.as_ref().unwrap().path.clone();
        assert!(path.exists());
        database.close().await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_database_that_has_users_is_not_filled_again() {
        let file = TemporaryFile::create().unwrap();
        let url = format!("sqlite:{}", file.path.display());
        let first = Database::open(&url).await.unwrap();
        assert!(first.is_new());
        sqlx::query("DELETE FROM posts").execute(first.pool()).await.unwrap();
        first.close().await;

        let second = Database::open(&url).await.unwrap();
        assert!(!second.is_new());
        assert_eq!(count(second.pool(), USERS_HELD).await, i64::from(USERS));
        assert_eq!(count(second.pool(), POSTS_HELD).await, 0);
    }

    #[tokio::test]
    async fn a_database_in_memory_is_one_for_all_callers() {
        let database = Database::open("sqlite::memory:").await.unwrap();
        let (users, posts) =
            tokio::join!(count(database.pool(), USERS_HELD), count(database.pool(), POSTS_HELD));
        assert_eq!((users, posts), (i64::from(USERS), i64::from(POSTS)));
    }
}
