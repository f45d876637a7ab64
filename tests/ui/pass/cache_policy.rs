//! `#[cache_policy]` on everything that has methods.
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;

use async_trait::async_trait;
use cache_runtime::{CacheSlot, cache_policy, cached, entry, invalidates, policies};

policies! { tags = ["user", "team:<id>", "odd-tag"] }

static CATALOG: CacheSlot = CacheSlot::new("catalog");

pub struct Pool;

pub struct Repo {
    tenant: u32,
    pool: Pool,
}

/// Shared options, associated functions, a constant, other attributes.
#[cache_policy(key = "shop", ttl = "1h", tags = ["user"], cache = CATALOG, skip(self.pool, pool))]
impl Repo {
    const LIMIT: u64 = 10;

    /// With the shared ttl.
    #[must_use]
    #[cached(key = "user:<self.tenant>:<id>")]
    pub async fn user(&self, id: u64) -> Option<u64> {
        let _ = &self.pool;
        (id < Self::LIMIT).then_some(id)
    }

    /// With its own.
    #[cached(key = "count", ttl = "5m", tags = ["odd-tag"])]
    pub async fn count(pool: &Pool) -> u64 {
        let _ = pool;
        1
    }

    /// Names both.
    ///
    /// # Errors
    /// Without a team.
    #[invalidates(self.user(id), Self::count(), tags = ["team:<team>"], |n| self.user(*n))]
    pub async fn save(&self, id: u64, team: u64) -> Result<u64, String> {
        if team > 0 { Ok(id) } else { Err(self.tenant.to_string()) }
    }

    #[must_use]
    pub const fn tenant(&self) -> u32 {
        self.tenant
    }
}

#[cache_policy]
#[async_trait]
pub trait Teams: Send + Sync {
    #[cached(key = "team:<id>:<lang>", ttl = "1h", skip(self))]
    async fn team(&self, id: u64, lang: &str) -> Result<Vec<String>, String>;

    #[cached(key = "teams:<page>", ttl = "1h", skip(self))]
    async fn teams(&self, page: u32) -> Vec<u64> {
        vec![u64::from(page)]
    }

    async fn rename(&self, id: u64);
}

#[cache_policy(skip(self))]
#[async_trait]
impl Teams for Repo {
    #[cached(key = "team:<id>:<lang>", ttl = "1h")]
    async fn team(&self, id: u64, lang: &str) -> Result<Vec<String>, String> {
        if id == 0 {
            return Err("no team".to_owned());
        }
        Ok(vec![lang.to_owned()])
    }

    #[invalidates(self.team(id, "en"))]
    async fn rename(&self, id: u64) {
        let _ = id;
    }
}

/// Two traits with one name for a method.
pub trait Named {
    fn name(&self, id: u64) -> impl Future<Output = String> + Send;
}

pub trait Titled<L> {
    fn name(&self, id: u64, lang: L) -> impl Future<Output = String> + Send;
}

#[cache_policy(skip(self), ttl = "1h")]
impl Named for Repo {
    #[cached(key = "name:<id>")]
    async fn name(&self, id: u64) -> String {
        id.to_string()
    }
}

#[cache_policy(skip(self), ttl = "1h")]
impl Titled<&'static str> for Repo {
    #[cached(key = "title:<id>:<lang>", companion = title)]
    async fn name(&self, id: u64, lang: &'static str) -> String {
        format!("{id}{lang}")
    }
}

pub struct Service {
    teams: Arc<dyn Teams>,
}

impl Service {
    #[invalidates(self.teams.team(id, "en"), self.teams.team(id, &lang), self.teams.teams(1))]
    async fn change(&self, id: u64, lang: String) {
        self.teams.rename(id).await;
    }
}

pub trait Table: Clone + Send + Sync + 'static {
    const NAME: &'static str;
}

pub struct Rows<T, const N: usize>(Vec<T>);

/// Parameters of the `impl`: skipped for all, in a key, and in a constant of the type.
#[cache_policy(skip(self, T, N), ttl = "1h")]
impl<T: Table, const N: usize> Rows<T, N> {
    const KIND: &'static str = T::NAME;

    #[cached(key = "rows:<T::NAME>:<N>:<id>")]
    async fn row(&self, id: u64) -> Option<u64> {
        self.0.get(N).map(|_| id)
    }

    #[cached(key = "rows-of:<Self::KIND>")]
    async fn count(&self) -> usize {
        self.0.len() + Self::KIND.len()
    }
}

impl Table for u8 {
    const NAME: &'static str = "bytes";
}

mod without_imports {
    pub struct Repo;

    #[cache_runtime::cache_policy]
    impl Repo {
        #[cached(key = "imported:<id>", ttl = "1h")]
        pub async fn get(id: u64) -> u64 {
            id
        }
    }
}

fn main() {
    let repo = Repo { tenant: 1, pool: Pool };
    let _ = entry!(repo.user(1));
    let _ = entry!(Repo::count());
    let _ = entry!(repo.title(1, "en"));
    let _ = entry!(without_imports::Repo::get(1));
    let rows: Rows<u8, 1> = Rows(Vec::new());
    drop((rows.row(1), rows.count()));
    drop(without_imports::Repo::get(1));
    let teams: Arc<dyn Teams> = Arc::new(repo);
    let _ = entry!(teams.team(1, "en"));
    drop(Service { teams }.change(1, "en".to_owned()));
}
