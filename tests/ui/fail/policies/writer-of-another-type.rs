use cache_runtime::{cached, policies};

policies! { tags = [] }
#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> Result<Option<String>, ()> { Ok(Some(id.to_string())) }
mod writers {
    #[cache_runtime::cached(key = "name:<id>", ttl = "1h", strategy = "write_through")]
    async fn rename(id: u64, name: Vec<u8>) -> Vec<u8> { let _ = id; name }
}

fn main() {}
