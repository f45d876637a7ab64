use cache_runtime::cached;

struct User;

#[cached(key = "user:<id>", ttl = "1h", tier = "local")]
async fn get_user(id: u64) -> Option<User> {
    (id > 0).then_some(User)
}

fn main() {}
