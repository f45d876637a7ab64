use cache_runtime::cache_policy;

struct Users;

#[cache_policy(skip(self))]
impl Users {
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
