use cache_runtime::cached;

struct Db(u64);

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(db))]
async fn get_user(db: &Db, id: u64) -> u64 {
    db.0 + id
}

fn main() {}
