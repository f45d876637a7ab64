use cache_runtime::invalidate;

async fn get_posts(user: u64, page: u32) -> u64 {
    user + u64::from(page)
}

fn main() {
    drop(get_posts(7, 1));
    let _ = invalidate!(get_posts(7, _));
}
