pub struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Repo {
    #[cfg_attr(all(), cached(key = "user:<id>"))]
    pub async fn get(&self, id: u64, lang: &str) -> usize {
        usize::try_from(id).unwrap_or(0) + lang.len()
    }
}
fn main() {}
