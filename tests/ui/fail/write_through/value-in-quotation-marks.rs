use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through", value = "name")]
async fn rename(id: u64, name: String, by: String) -> Result<(), String> {
    Err(format!("{id} {name} {by}"))
}

fn main() {}
