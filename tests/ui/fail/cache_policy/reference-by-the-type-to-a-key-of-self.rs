use cache_runtime::{cache_policy, cached, invalidates};

struct Users { tenant: u64 }
#[cache_policy(key = "<self.tenant>", ttl = "1h")]
impl Users {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
    #[invalidates(Self::get(id))]
    async fn ban(&self, id: u64) -> Result<(), String> { Err(id.to_string()) }
}
fn main() {}
