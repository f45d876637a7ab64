use cache_runtime::invalidates;

#[invalidates(tags = ["user"], only_ok)]
async fn rename_user(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
