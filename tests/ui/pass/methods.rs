//! Methods, with the part of `self` that matters in the key.
#![deny(warnings, clippy::pedantic)]

use cache_runtime::{Ambient, KeyPart, cached};

pub struct Pool;
impl Ambient for Pool {}

#[derive(KeyPart, Clone, Copy)]
pub struct Tenant(u32);

pub struct Repo {
    tenant: Tenant,
    pool: Pool,
}

impl Repo {
    #[cached(key = "t:<self.tenant>:user:<id>", ttl = "1h", skip(self.pool), tags = ["t:<self.tenant>"])]
    pub async fn user(&self, id: u64) -> Option<String> {
        let _ = &self.pool;
        (id > 0).then(|| id.to_string())
    }

    #[cached(key = "t:<self.tenant>:count", ttl = "1h", skip(self.*))]
    async fn count(&self) -> u64 {
        1
    }

    #[cached(key = "t:<self.scope()>:<id>", ttl = "1h")]
    async fn scoped(&self, id: u64) -> u64 {
        id
    }

    #[cached(key = "global:<id>", ttl = "1h", skip(self))]
    async fn global(&self, id: u64) -> u64 {
        id
    }

    #[cached(key = "future:<id>", ttl = "1h", skip(self))]
    fn future(&self, id: u64) -> impl Future<Output = u64> + Send {
        let tenant = u64::from(self.tenant.0);
        async move { tenant + id }
    }

    fn scope(&self) -> u32 {
        self.tenant.0
    }
}

pub struct Typed<T> {
    items: Vec<T>,
}

impl<T: KeyPart + Send + Sync> Typed<T> {
    const KIND: &'static str = "typed";

    #[cached(key = "<Self::KIND>:<self.items>", ttl = "1h")]
    async fn count(self: &std::sync::Arc<Self>) -> usize {
        self.items.len()
    }

    #[cached(key = "first:<item>", ttl = "1h", skip(self))]
    async fn known(&self, item: &T) -> bool {
        let _ = item;
        !self.items.is_empty()
    }
}

pub struct Service {
    repo: Repo,
}
impl Ambient for Service {}

impl Service {
    #[cached(key = "total:<id>", ttl = "1h")]
    pub async fn total(&self, id: u64, _hint: &str, pool: &Pool) -> u64 {
        let _ = pool;
        self.repo.count().await + id
    }
}

fn main() {
    let service = Service { repo: Repo { tenant: Tenant(1), pool: Pool } };
    let repo = &service.repo;
    drop((repo.user(1), repo.count(), repo.scoped(1), repo.global(1), repo.future(1)));
    let typed = std::sync::Arc::new(Typed { items: vec![1] });
    drop((typed.count(), typed.known(&1)));
    drop(service.total(1, "", &repo.pool));
}
