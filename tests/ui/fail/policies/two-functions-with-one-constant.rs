use cache_runtime::policies;

policies! { tags = [] }
mod users {
    const KIND: &str = "user";
    #[cache_runtime::cached(key = "item:<KIND>:<id>", ttl = "1h")]
    async fn by_id(id: u64) -> u64 { id }
    #[cache_runtime::cached(key = "item:<super::users::KIND>:<name>", ttl = "1h")]
    async fn by_name(name: &str) -> String { name.to_owned() }
}

fn main() {}
