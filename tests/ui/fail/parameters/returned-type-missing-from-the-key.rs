use cache_runtime::cached;
use serde::{Serialize, de::DeserializeOwned};

#[cached(key = "row:<id>", ttl = "1h")]
async fn row<T>(id: u64) -> Option<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    None
}
fn main() {}
