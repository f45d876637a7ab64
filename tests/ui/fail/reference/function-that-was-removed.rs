mod users {}

#[cache_runtime::invalidates(users::get_user(id))]
pub async fn rename_user(id: u64) {}

fn main() {}
