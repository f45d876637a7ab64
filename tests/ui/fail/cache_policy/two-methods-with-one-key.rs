use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(ttl = "1h", skip(self))]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn by_id(&self, id: u64) -> u64 { id }
    #[cached(key = "user:<name>")]
    async fn by_name(&self, name: &str) -> String { name.to_owned() }
}

fn main() {}
