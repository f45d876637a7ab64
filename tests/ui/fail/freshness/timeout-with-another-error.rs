use cache_runtime::cached;

type Loaded<T> = Result<T, String>;

#[cached(key = "user:<id>", ttl = "1h", hard_timeout = "2s")]
async fn get_user(id: u64) -> Loaded<u64> {
    Ok(id)
}

fn main() {}
