use cache_runtime::{invalidates, transaction};

#[invalidates(tags = ["user"])]
async fn rename_user() {}

async fn rename() {
    transaction(async {
        rename_user().await;
    })
    .await;
}
fn main() {}
