use cache_runtime::cached;

#[cached(key = "users:<names>", ttl = "1h", stale_while_revalidate = "5m")]
async fn get_users(names: &[&str]) -> usize {
    names.len()
}

fn main() {}
