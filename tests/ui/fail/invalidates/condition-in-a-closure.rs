#[cache_runtime::invalidates(|user| Some(get_user(user.id)))]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
