use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", hard_timeout = "2s", on_timeout = |_| 0, skip(load))]
async fn get_user(load: impl Fn(u64) -> u64 + Send, id: u64) -> u64 {
    load(id)
}

fn main() {}
