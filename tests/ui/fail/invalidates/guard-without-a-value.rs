#[cache_runtime::invalidates(tags = ["user"], guard)]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
