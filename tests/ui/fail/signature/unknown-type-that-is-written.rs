use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "write_through", value = user)]
async fn save_user(id: u64, user: &Usr) -> Result<(), String> {
    Err(id.to_string())
}

fn main() {}
