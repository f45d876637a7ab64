use cache_runtime::cached;

struct Request { name: String }

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through", value = request.name)]
async fn rename(id: u64, request: Request, by: String) -> Result<(), String> {
    Err(format!("{id} {} {by}", request.name))
}

fn main() {}
