#![deny(warnings)]
use cache_runtime::{cache_policy, cached, invalidates};
struct Users;
#[cache_policy(ttl = "1h", skip(self))]
impl Users {
    #[cached(key = "user:<id>")]
    pub async fn get(&self, id: u64) -> u64 { id }
    #[invalidates(self.get(id), guard = 30)]
    pub async fn ban(&self, id: u64) -> Result<(), String> { Ok(()) }
}
fn main() {}
