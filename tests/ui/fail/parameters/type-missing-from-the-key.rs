use cache_runtime::{KeyPart, cached};

trait Table {
    const NAME: &'static str;
}

#[cached(key = "title:<id>", ttl = "1h")]
async fn title<I: Table + KeyPart + Sync>(id: I) -> String {
    format!("title of a {}", I::NAME)
}
fn main() {}
