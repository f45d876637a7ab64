use cache_runtime::cached;

struct User { id: u64, name: String }
#[cached(key = "user:<user.id>", ttl = "1h", skip(user.nam))]
async fn get_user(user: &User) -> u64 {
    user.id
}

fn main() {}
