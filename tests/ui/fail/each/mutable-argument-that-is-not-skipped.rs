use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Option<String> { Some(id.to_string()) }

#[cached(each = ids, writes = get_user(id))]
async fn get_users(db: &mut std::fs::File, ids: &[u64]) -> Vec<Option<String>> {
    todo!()
}

fn main() {}
