//! `crate = …` reaches everything that an attribute names.
#![deny(warnings, clippy::pedantic)]

extern crate cache_runtime as runtime;
// what `::cache_runtime` means here is not the runtime
extern crate core as cache_runtime;

use runtime::{cache_policy, cached, entry, invalidates};

pub struct Repo;

#[cache_policy(crate = runtime, skip(self))]
impl Repo {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn user(&self, id: u64) -> u64 {
        id
    }

    #[invalidates(self.user(id), |id| self.user(*id))]
    async fn rename(&self, id: u64) -> u64 {
        id
    }
}

#[cached(key = "post:<id>", ttl = "1h", crate = runtime)]
async fn post(id: u64) -> u64 {
    id
}

#[invalidates(post(id), crate = runtime)]
async fn publish(id: u64) {
    let _ = id;
}

fn main() {
    let _ = entry!(post(1), crate = runtime);
    drop((Repo.user(1), Repo.rename(1), post(1), publish(1)));
}
