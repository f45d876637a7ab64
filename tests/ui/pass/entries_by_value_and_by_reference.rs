//! What takes an entry takes a reference to one as well.
#![deny(warnings)]

use cache_runtime::{Cache, Result, cached, entry};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}

pub async fn both(cache: &Cache) -> Result<()> {
    let user = entry!(get_user(7));
    cache.put(&user, get_user(7).await).await?;
    cache.invalidate(&user).await?;
    let (by_reference, by_value) = (cache.explain(&user), cache.explain(user));
    assert_eq!(by_reference.to_string(), by_value.to_string());
    cache.invalidate(entry!(get_user(7))).await
}

fn main() {}
