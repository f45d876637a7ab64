//! A trait of which mockall makes a mock.
#![deny(warnings, clippy::pedantic)]

use async_trait::async_trait;
use cache_runtime::{cache_policy, entry, invalidates};
use mockall::automock;

/// A trait with methods of its own language.
#[cache_policy(skip(self))]
#[automock]
#[allow(async_fn_in_trait)]
pub trait Users {
    /// Reads.
    #[cached(key = "user:<id>", ttl = "1h", tags = ["users"], group())]
    async fn get(&self, id: u64) -> Option<u64>;

    /// Reads, in a way that it provides.
    #[cached(key = "double:<id>", ttl = "1h")]
    async fn double(&self, id: u64) -> u64 {
        id * 2
    }

    /// Writes.
    #[invalidates(self.get(id))]
    async fn touch(&self, id: u64) {
        let _ = id;
    }

    /// Does neither.
    fn name(&self) -> String;
}

/// One whose futures are boxed.
#[cache_policy]
#[cfg_attr(all(), automock)]
#[async_trait]
pub trait Posts: Send + Sync {
    /// Reads.
    #[cfg_attr(all(), cached(key = "post:<id>", ttl = "1h", skip(self)))]
    #[cfg_attr(any(), cached(key = "article:<id>", ttl = "1h", skip(self)))]
    async fn get(&self, id: u64) -> Option<u64>;
}

/// One that is mocked in other builds.
#[cache_policy]
#[cfg_attr(any(), automock)]
pub trait Tags: Send + Sync {
    /// Reads.
    #[cached(key = "tag:<id>", ttl = "1h", skip(self))]
    fn find(&self, id: u64) -> impl Future<Output = u64> + Send;
}

/// What implements them.
pub struct Pg;

#[cache_policy(skip(self))]
impl Users for Pg {
    #[cached(key = "user:<id>", ttl = "1h", tags = ["users"], group())]
    async fn get(&self, id: u64) -> Option<u64> {
        Some(id)
    }

    fn name(&self) -> String {
        String::new()
    }
}

impl Tags for Pg {
    async fn find(&self, id: u64) -> u64 {
        id
    }
}

/// Writes behind a mock.
#[invalidates(posts.get(id))]
pub async fn rename(posts: &dyn Posts, id: u64) {
    let _ = posts.get(id).await;
}

fn main() {
    let mut users = MockUsers::new();
    users.expect_get().returning(Some);
    users.expect_name().returning(String::new);
    let posts = MockPosts::new();
    drop((users.get(1), Pg.get(1), rename(&posts, 1), Pg.find(1)));
    let _ = (Users::name(&users), users.double(1), users.touch(1));
    let _ = (entry!(users.get(1)), entry!(posts.get(1)));
}
