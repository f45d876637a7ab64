use cache_runtime::invalidates;

pub async fn get_user(id: u64) -> u64 {
    id
}

#[invalidates(get_user(id))]
pub async fn rename_user(id: u64) {}

fn main() {}
