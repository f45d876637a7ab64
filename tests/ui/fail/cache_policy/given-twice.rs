use cache_runtime::{cache_policy, cached};

pub struct Users;
#[cache_policy]
#[cache_policy(ttl = "1h")]
impl Users {
    #[cached(key = "user:<id>")]
    pub async fn get(id: u64) -> u64 { id }
}

fn main() {}
