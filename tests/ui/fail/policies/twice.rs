use cache_runtime::policies;

policies! { tags = ["user"] }
policies! { tags = ["post"] }

fn main() {}
