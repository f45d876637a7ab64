cache_runtime::policies! { "user" }

fn main() {}
