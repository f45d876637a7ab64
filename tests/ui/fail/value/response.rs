use cache_runtime::cached;

#[derive(Clone)]
pub struct Json<T>(pub T);

#[cached(key = "post:<id>", ttl = "1h")]
async fn get_post(id: u64) -> Result<Json<Vec<u64>>, String> {
    Ok(Json(vec![id]))
}

fn main() {}
