use cache_runtime::policies;

policies! { tag = ["user"] }

fn main() {}
