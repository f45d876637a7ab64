#[cache_runtime::invalidates(|user| if user.new { list() } else { get_user(user.id) })]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
