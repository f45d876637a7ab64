#[cache_runtime::invalidates(tags = ["user"], only_ok = true)]
pub async fn add_user() -> Result<u64, String> {
    Ok(7)
}

fn main() {}
