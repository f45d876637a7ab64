use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(db))]
async fn get_user<D: AsRef<[u64]> + Send + Sync + 'static>(db: &D, id: u64) -> u64 {
    db.as_ref()[0] + id
}

fn main() {}
