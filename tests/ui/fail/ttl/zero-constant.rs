use cache_runtime::cached;

const NEVER: std::time::Duration = std::time::Duration::ZERO;

#[cached(key = "user:<id>", ttl = NEVER)]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
