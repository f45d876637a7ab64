#[cache_runtime::invalidates(tags = ["user"], guard("10s"))]
pub async fn add_user() -> u64 {
    7
}

fn main() {}
