use cache_runtime::cached;

#[cached(key = "user:<hash(user)>", ttl = "1h")]
async fn get_user(user: String) -> String {
    user
}

fn main() {}
