use cache_runtime::cached;

#[derive(Clone)]
struct User;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Result<Option<User>, String> {
    Ok((id > 0).then_some(User))
}

fn main() {}
