pub struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Repo {
    #[cfg_attr(all(), cached(key = "user:<id>"))]
    #[cfg_attr(not(any()), cached(key = "users:<id>"))]
    pub async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
