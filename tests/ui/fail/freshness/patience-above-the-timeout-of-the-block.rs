use cache_runtime::cache_policy;

struct Users;

#[cache_policy(ttl = "1h", stale_while_revalidate = "1h", patience = "2s", hard_timeout = "1s")]
impl Users {
    #[cached(key = "user:<id>")]
    async fn get(id: u64) -> Result<u64, cache_runtime::Error> {
        Ok(id)
    }
}
fn main() {}
