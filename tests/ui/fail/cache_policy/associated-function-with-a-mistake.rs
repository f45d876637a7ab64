use cache_runtime::cached;

struct Users;

impl Users {
    #[cached(key = "user:<id>")]
    async fn get(id: u64) -> u64 { id }
}

fn main() {}
