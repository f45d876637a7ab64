#[cache_runtime::invalidates(|user, id| get_user(id))]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
