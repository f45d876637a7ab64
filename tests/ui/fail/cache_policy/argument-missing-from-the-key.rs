use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(key = "shop", ttl = "1h", skip(self))]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64, lang: &str) -> String { format!("{id}{lang}") }
}

fn main() {}
