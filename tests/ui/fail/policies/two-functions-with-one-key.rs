use cache_runtime::{cached, policies};

policies! { tags = [] }
#[cached(key = "user:<id>", ttl = "1h")]
async fn by_id(id: u64) -> u64 { id }
mod names {
    #[cache_runtime::cached(key = "user:<name>", ttl = "1h")]
    async fn by_name(name: &str) -> String { name.to_owned() }
}

fn main() {}
