use cache_runtime::cached;

struct Tx(u64);

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(_tx: &mut Tx, id: u64) -> u64 {
    _tx.0 + id
}

fn main() {}
