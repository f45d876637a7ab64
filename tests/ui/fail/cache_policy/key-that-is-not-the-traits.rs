use cache_runtime::cache_policy;

#[cache_policy(ttl = "1h", skip(self))]
trait Users { #[cached(key = "user:<id>")] async fn get(&self, id: u64) -> u64; }
struct Repo;
#[cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "users:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
