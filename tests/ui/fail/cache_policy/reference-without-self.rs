use cache_runtime::{cache_policy, cached, invalidates};

struct Users;
#[cache_policy(ttl = "1h", skip(self))]
impl Users {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
    #[invalidates(get(id))]
    async fn ban(&self, id: u64) -> Result<(), String> { Err(id.to_string()) }
}
fn main() {}
