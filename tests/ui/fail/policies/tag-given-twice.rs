use cache_runtime::policies;

policies! { tags = ["user:<id>", "user:<name>"] }

fn main() {}
