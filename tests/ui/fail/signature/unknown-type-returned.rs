use cache_runtime::cached;

struct Db;

#[cached(key = "user:<id>", ttl = "1h", skip(db))]
async fn get_user(db: &Db, id: u64) -> Result<Usr, String> {
    Err(id.to_string())
}

fn main() {}
