#[cache_runtime::invalidates(|user|)]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
