use cache_runtime::cache_policy;

struct Repo<T>(T);

#[cache_policy]
impl<T: Clone> Repo<T> {
    #[invalidates(tags = ["user"])]
    async fn write(&self) -> T {
        self.0.clone()
    }
}
fn main() {}
