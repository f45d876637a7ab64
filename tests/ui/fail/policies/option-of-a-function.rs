use cache_runtime::policies;

policies! { ttl = "1h" }

fn main() {}
