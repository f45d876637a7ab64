use cache_runtime::{cached, entry};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}

fn main() {
    let _ = entry!(get_user(7), get_user(8));
}
