fn main() {
    cache_runtime::policies! { tags = ["user"] }
}
