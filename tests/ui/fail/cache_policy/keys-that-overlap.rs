use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(ttl = "1h", skip(self))]
impl Repo {
    #[cached(key = "user:<name>")]
    async fn by_name(&self, name: &str) -> String { name.to_owned() }
    #[cached(key = "user:me")]
    async fn me(&self) -> u64 { 1 }
}

fn main() {}
