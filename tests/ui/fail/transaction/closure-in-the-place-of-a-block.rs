use cache_runtime::transaction;

async fn rename_user() -> Result<(), std::fmt::Error> { Ok(()) }

async fn rename() -> Result<(), std::fmt::Error> {
    transaction(|| async { rename_user().await }).await?;
    Ok(())
}
fn main() {}
