fn main() {
    let id = 7;
    let _ = cache_runtime::invalidate!(tags = ["user:<user_id>"]);
}
