use cache_runtime::cache_policy;

struct Repo;
#[cache_policy]
impl Repo {
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
