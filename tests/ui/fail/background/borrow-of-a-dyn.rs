use cache_runtime::cached;

trait Users: Sync {
    fn count(&self) -> u64;
}

#[cached(key = "user:<id>", ttl = "1h", refresh_ahead = 0.8, skip(users))]
async fn get_user(users: &dyn Users, id: u64) -> u64 {
    users.count() + id
}

fn main() {}
