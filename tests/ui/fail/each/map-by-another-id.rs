use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Option<String> { Some(id.to_string()) }

#[cached(each = ids, writes = get_user(id))]
async fn get_users(ids: &[u64]) -> std::collections::HashMap<String, String> {
    todo!()
}

fn main() {}
