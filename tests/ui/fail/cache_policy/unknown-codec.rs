use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(ttl = "1m", codec = "xml")]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn get(id: u64) -> u64 { id }
    #[cached(key = "post:<id>")]
    async fn post(id: u64) -> u64 { id }
}
fn main() {}
