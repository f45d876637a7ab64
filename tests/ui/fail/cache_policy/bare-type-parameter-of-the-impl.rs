use cache_runtime::cache_policy;

struct Repo<T>(T);

#[cache_policy(skip(self, T), ttl = "1h")]
impl<T: Clone> Repo<T> {
    #[cached(key = "user:<id>", tier = "local")]
    async fn get(&self, id: u64) -> T {
        self.0.clone()
    }
}
fn main() {}
