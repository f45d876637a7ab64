use cache_runtime::cached;

#[cached(writes = "name", strategy = "write_through")]
async fn rename(id: u64, name: String) -> Result<(), String> {
    Err(format!("{id} {name}"))
}

fn main() {}
