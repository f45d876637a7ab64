use cache_runtime::cached;

type AppResult<T> = Result<T, String>;

#[cached(key = "mail:<id>", ttl = "1h")]
async fn send_mail(id: u64) -> AppResult<()> {
    Ok(())
}

fn main() {}
