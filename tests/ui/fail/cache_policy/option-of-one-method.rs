use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(ttl = "1h", when = id > 0)]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn get(id: u64) -> u64 { id }
}

fn main() {}
