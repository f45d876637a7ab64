use cache_runtime::cached;

struct Pool(u64);
#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(pool: &Pool, id: u64) -> u64 {
    pool.0 + id
}

fn main() {}
