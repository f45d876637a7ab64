use cache_runtime::invalidates;

#[invalidates(|_| [])]
async fn rename_user(id: u64) -> u64 {
    id
}

fn main() {}
