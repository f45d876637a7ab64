struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(dbb))]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn get(db: &str, id: usize) -> usize { id + db.len() }
}
fn main() {}
