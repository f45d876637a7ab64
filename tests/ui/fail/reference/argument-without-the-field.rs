use cache_runtime::{cached, invalidates};
pub struct Filter { page: u32 }

#[cached(key = "users:<filter.page>", ttl = "1h")]
pub async fn list(filter: &Filter) -> u64 {
    1
}
#[invalidates(list(page))]
pub async fn rename_user(page: u32) {}

fn main() {}
