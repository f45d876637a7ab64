struct Users(u32);

impl Users {
    #[cache_runtime::cached(key = "user:<self.0>:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64 {
        id
    }
}
#[cache_runtime::invalidates(Users::get(id))]
async fn rename(id: u64) {}

fn main() {}
