use cache_runtime::policies;

policies! { tags = "user" }

fn main() {}
