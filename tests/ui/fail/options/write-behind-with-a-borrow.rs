use cache_runtime::cached;

#[cached(key = "user:<id>:<name>", ttl = "1h", strategy = "write_behind")]
async fn save_user(id: u64, name: &str) -> Result<String, ()> {
    Ok(format!("{id}{name}"))
}

fn main() {}
