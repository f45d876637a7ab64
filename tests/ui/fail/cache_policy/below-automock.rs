use cache_runtime::cache_policy;

#[mockall::automock]
#[cache_policy(skip(self))]
pub trait Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> Option<u64>;
}

fn main() {}
