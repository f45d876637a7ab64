use cache_runtime::invalidates;

#[invalidates(tags = ["user"], guard = "required")]
async fn rename_user(id: u64) -> u64 {
    id
}

fn main() {}
