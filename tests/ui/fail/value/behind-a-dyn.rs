use cache_runtime::cached;

#[cached(key = "shape:<id>", ttl = "1h")]
pub async fn shape(id: u64) -> Box<dyn std::fmt::Debug> {
    Box::new(id)
}
fn main() {}
