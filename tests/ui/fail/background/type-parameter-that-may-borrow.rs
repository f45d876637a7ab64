use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(db))]
async fn get_user<D: Clone + Send + Sync + Into<u64>>(db: &D, id: u64) -> u64 {
    db.clone().into() + id
}

fn main() {}
