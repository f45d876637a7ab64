use cache_runtime::{cache_policy, cached};

pub struct Users { tenant: u64 }
#[cache_policy(key = "<self.tenat>", ttl = "1h", skip(self.*))]
impl Users {
    #[cached(key = "user:<id>")]
    pub async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
