use cache_runtime::cached;
#[derive(Clone, Debug)]
struct Users(u64);

impl Users {
    #[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(self))]
    async fn get(&self, id: u64) -> String {
        format!("{self:?} of {id}")
    }
}
fn main() {}
