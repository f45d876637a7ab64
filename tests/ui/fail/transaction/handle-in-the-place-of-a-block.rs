use cache_runtime::transaction;

struct Transaction;
async fn rename_user(_tx: &mut Transaction) {}

async fn rename(mut tx: Transaction) {
    transaction(&mut tx).await;
    rename_user(&mut tx).await;
}
fn main() {}
