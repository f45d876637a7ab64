//! No lint says anything of generated code, however strict the program is.
#![deny(
    warnings,
    absolute_paths_not_starting_with_crate,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    clippy::pedantic,
    clippy::nursery
)]

use std::sync::Arc;

use cache_runtime::{cache_policy, cached, entry, invalidate, invalidates, policies};

policies! { tags = ["user", "team:<team>"] }

/// A handle of a database.
#[derive(Clone, Copy, Debug)]
pub struct Db;

/// Reads a user; not all arguments are in the key.
///
/// # Errors
/// If there is no such user.
#[cached(key = "user:<team>:<id>", ttl = "1h", tags = ["user", "team:<team>"], group(team), skip(db))]
pub async fn get_user(db: Db, team: u32, id: u64) -> Result<String, u8> {
    let _: Db = db;
    if id == 0 { Err(0) } else { Ok(team.to_string()) }
}

#[cached(key = "private:<id>", ttl = "1h", none_ttl = "1m")]
async fn private(id: u64) -> Option<Arc<String>> {
    (id > 0).then(Arc::default)
}

#[cached(key = "private:<id>", strategy = "write_through", ttl = "1h", none_ttl = "1m", value = name)]
async fn write(id: u64, name: Option<Arc<String>>) -> Result<(), u8> {
    if id == 0 || name.is_none() { Err(0) } else { Ok(()) }
}

/// Reads a user, and goes on when the caller does not.
///
/// # Errors
/// If there is no such user.
#[cached(
    key = "background:<name>:<parts>:<idle>",
    ttl = "1h",
    refresh_ahead = 0.8,
    store_if = |found| found.len() > name.len() + usize::from(hint.is_some()),
    hard_timeout = "1s",
    on_timeout = |_| Err(0),
    skip(db, hint)
)]
pub async fn background(db: &Db, name: &str, mut parts: &[u8], hint: Option<&str>, idle: u8) -> Result<String, u8>
where
    Db: Copy,
{
    use std::fmt::Write;
    let mut text = hint.unwrap_or(name).to_owned();
    while let Some((first, rest)) = parts.split_first() {
        write!(text, "{first}{db:?}").map_err(|_| *first)?;
        parts = rest;
    }
    Ok(text)
}

/// Writes a user.
///
/// # Errors
/// If there is no such user.
#[invalidates(get_user(team, id), get_user(team, _), tags = ["user"])]
pub async fn rename(team: u32, id: u64) -> Result<(), u8> {
    if team == 0 || id == 0 { Err(0) } else { Ok(()) }
}

/// Posts.
pub trait Posts {
    /// Reads a post.
    fn post(&self, id: u64) -> impl Future<Output = String> + Send;
}

/// Posts in a database.
#[derive(Clone, Copy, Debug)]
pub struct Stored;

#[cache_policy(skip(self))]
impl Posts for Stored {
    #[cached(key = "post:<id>", ttl = "1h")]
    async fn post(&self, id: u64) -> String {
        id.to_string()
    }
}

#[cache_policy(skip(self))]
impl Stored {
    /// Counts the posts of an author.
    #[cached(key = "count:<author>", ttl = "1h")]
    pub async fn count(&self, author: &str) -> usize {
        author.len()
    }

    /// Counts the posts of an author, and goes on when the caller does not.
    #[cached(key = "background:count:<author>", ttl = "1h", strategy = "read_through", store_if = |_| self.is_there())]
    pub async fn background(&self, author: &str) -> usize {
        const MORE: usize = 1;
        let Self { .. } = self;
        author.len() + MORE + usize::from(self.is_there())
    }

    const fn is_there(self) -> bool {
        matches!(self, Self)
    }

    #[invalidates(self.count(author))]
    async fn write(&self, author: &str) -> usize {
        author.len()
    }
}

// Of what a macro of the program's own writes, lints have more to say.
macro_rules! repository {
    ($module:ident($id:ident): $key:literal, [$($read:tt)*], [$($write:tt)*]) => {
        // at odds with `unreachable_pub`
        #[allow(clippy::redundant_pub_crate)]
        mod $module {
            use cache_runtime::{cache_policy, cached, invalidates};

            #[cached(key = $key, tags = ["user"], $($read)*)]
            pub(super) async fn read($id: u64, db: &str) -> Option<usize> {
                usize::try_from($id).ok().filter(|id| *id > db.len())
            }

            #[cached(key = "of:<x>:<y>", ttl = "1h", skip(_z))]
            async fn of((x, y, _z): (u64, u64, u64)) -> u64 {
                x + y
            }

            #[invalidates($($write)*)]
            pub(super) async fn write(id: u64) -> u64 {
                of((id, 1, 1)).await
            }

            #[derive(Clone, Copy, Debug)]
            pub(super) struct Of;

            #[cache_policy(skip(self))]
            impl Of {
                #[cached(key = "count:of:<id>", ttl = "1h", tags = ["user"])]
                pub(super) async fn count(&self, id: u64) -> u64 {
                    id
                }
            }
        }
    };
}
repository!(generated(id): "generated:<id>", [ttl = "1h", skip(db)], [tags = ["user"]]);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cache = cache_runtime::testing::isolate();
    let mut done = vec![get_user(Db, 1, 1).await.is_ok(), private(0).await.is_none()];
    done.push(write(1, Some(Arc::default())).await.is_ok());
    done.push(rename(1, 1).await.is_ok());
    done.push(Stored.post(1).await == "1" && Stored.count("a").await == Stored.write("a").await);
    done.push(cache.peek(entry!(get_user(1, 1))).await.is_none());
    done.push(invalidate!(get_user(1, _)).await.is_ok());
    done.push(generated::read(2, "").await.is_some() && generated::write(1).await == 2);
    done.push(generated::Of.count(1).await == 1);
    done.push(background(&Db, "a", &[1], None, 1).await.as_deref() == Ok("a1Db"));
    done.push(Stored.background("a").await == 3);
    assert!(done.iter().all(|done| *done), "{done:?}");
}
