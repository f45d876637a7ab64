use cache_runtime::cached;

#[cached(key = "post:<id>:<tenant>", ttl = "1h", tags = ["of:<tenant>"])]
async fn get_post(id: u64, #[cfg(target_os = "none")] tenant: Tenant) -> String {
    format!("{id}")
}

fn main() {}
