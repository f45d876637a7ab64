use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write-through")]
async fn rename(id: u64, name: String) -> Result<(), String> {
    Err(format!("{id} {name}"))
}

fn main() {}
