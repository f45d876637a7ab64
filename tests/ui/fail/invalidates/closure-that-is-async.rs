#[cache_runtime::invalidates(async |user| get_user(user.id))]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
