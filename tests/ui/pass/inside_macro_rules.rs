//! A cached function may come out of a macro, with a key that is an argument of the macro.
#![deny(warnings, clippy::pedantic)]

use cache_runtime::cached;

macro_rules! getter {
    ($name:ident, $arg:ident, $ty:ty, $returns:ty, $key:expr, $ttl:literal, $body:block) => {
        #[cached(key = $key, ttl = $ttl, tags = [$key])]
        async fn $name($arg: $ty) -> $returns $body
    };
}

getter!(user, id, u64, Option<String>, "user:<id>", "1h", { Some(id.to_string()) });
getter!(post, slug, &str, Result<String, String>, "post:<slug>", "5m", { Ok(slug.to_owned()) });

macro_rules! background {
    ($name:ident($arg:ident: $ty:ty), $options:expr, $body:block) => {
        #[cached(key = "of-background:<name>", ttl = "1h", refresh_ahead = 0.8, store_if = $options)]
        async fn $name($arg: $ty) -> String $body
    };
}

background!(background(name: &str), |found| found.len() > name.len(), { format!("{name}!") });

pub type Id = u64;

macro_rules! repo {
    ($repo:ident) => {
        #[derive(Clone)]
        struct $repo;
        impl $repo {
            #[cached(key = "method:<id>", ttl = "1h", skip(self))]
            async fn get(&self, id: $crate::Id) -> $crate::Id { id }

            #[cached(key = "background:<name>", ttl = "1h", strategy = "read_through", skip(self))]
            async fn background(&self, name: &str) -> $crate::Id {
                self.get(name.len() as $crate::Id).await
            }
        }
        #[cached(key = "function:<id>", ttl = "1h")]
        async fn get(id: $crate::Id) -> $crate::Id { id }
    };
}

mod inner {
    use super::cached;
    repo!(Repo);
    pub fn all() {
        drop((get(1), Repo.get(1), Repo.background("a")));
    }
}

fn main() {
    drop((user(1), post("a"), background("a")));
    inner::all();
}
