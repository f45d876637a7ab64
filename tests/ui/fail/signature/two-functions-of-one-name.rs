use cache_runtime::cached;

struct Db(u64);

#[cached(key = "user:<id>", ttl = "1h", skip(db))]
async fn get(db: &Db, id: u64) -> u64 { db.0 + id }

#[cached(key = "post:<id>", ttl = "1h", skip(db))]
async fn get(db: &Db, id: u64) -> u64 { db.0 + id }

fn main() {}
