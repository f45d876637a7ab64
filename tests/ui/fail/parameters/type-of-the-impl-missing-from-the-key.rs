use cache_runtime::cache_policy;

struct Repo<T>(T);

#[cache_policy(skip(self), ttl = "1h")]
impl<T> Repo<T> {
    #[cached(key = "name:<id>")]
    async fn name(&self, id: u64) -> String {
        format!("{}{id}", std::any::type_name::<T>())
    }
}
fn main() {}
