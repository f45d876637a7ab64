use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(tx: &mut Vec<u8>, id: u64) -> u64 {
    tx.push(1);
    id
}

fn main() {}
