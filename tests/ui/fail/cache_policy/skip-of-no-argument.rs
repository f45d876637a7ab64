use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(ttl = "1h", skip(dbb))]
impl Repo {
    #[cached(key = "user:<id>", skip(db))]
    async fn get(db: &str, id: u64) -> u64 { id + db.len() as u64 }
}

fn main() {}
