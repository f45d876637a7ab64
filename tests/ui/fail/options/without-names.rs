use cache_runtime::cached;

#[cached("user:<id>", "1h")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
