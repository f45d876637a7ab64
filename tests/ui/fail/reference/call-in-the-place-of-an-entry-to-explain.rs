use cache_runtime::{Cache, cached};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 { id }

fn explain(cache: &Cache) -> String {
    cache.explain(&get_user(7)).to_string()
}
fn main() {}
