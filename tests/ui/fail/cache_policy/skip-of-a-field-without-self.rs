struct Repo { db: String }
#[cache_runtime::cache_policy(ttl = "1h", skip(db))]
impl Repo {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: usize) -> usize { id + self.db.len() }
}
fn main() {}
