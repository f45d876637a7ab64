use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Option<String> { Some(id.to_string()) }

#[cached(each = ids, writes = get_user(id), strategy = "read_through", skip(db))]
async fn get_users(db: &mut std::fs::File, ids: &[u64]) -> Vec<Option<String>> {
    db.sync_all().unwrap(); todo!()
}

fn main() {}
