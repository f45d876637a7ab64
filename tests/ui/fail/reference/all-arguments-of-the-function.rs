use cache_runtime::{cached, entry, invalidate};

#[cached(key = "page:<number>:<lang>", ttl = "1h", skip(db, log))]
pub async fn page(number: u64, db: &[u8], lang: &str, log: &[u8]) -> u64 {
    number + db.len() as u64 + lang.len() as u64 + log.len() as u64
}
async fn forget(db: &[u8]) {
    let _ = invalidate!(page(1, db, "en", db)).await;
}
fn main() {
    drop((forget(&[]), entry!(page(1, "en"))));
}
