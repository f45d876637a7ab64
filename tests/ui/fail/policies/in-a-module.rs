mod users {
    cache_runtime::policies! { tags = ["user"] }
}

fn main() {}
