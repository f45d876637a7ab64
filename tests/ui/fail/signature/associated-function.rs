use cache_runtime::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct User;

impl User {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn load(id: u64) -> Option<Self> { (id > 0).then_some(Self) }
}

fn main() {}
