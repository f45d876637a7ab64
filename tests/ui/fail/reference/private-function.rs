use cache_runtime::invalidates;

mod users {
    #[cache_runtime::cached(key = "user:<id>", ttl = "1h")]
    async fn get(id: u64) -> u64 { id }
}

#[invalidates(users::get(id))]
async fn save(id: u64) -> Result<(), String> { Err(id.to_string()) }

fn main() {}
