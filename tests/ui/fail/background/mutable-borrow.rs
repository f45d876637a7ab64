use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "refresh_ahead", skip(log))]
async fn get_user(log: &mut Vec<u64>, id: u64) -> u64 {
    log.push(id);
    id
}

fn main() {}
