//! No secret is in an error or in what people print while they look for one.

use cache_runtime::{Cache, cached, entry, testing};

const SECRET: &str = "hunter2";

#[cached(key = "session:<token>", ttl = "1h")]
async fn session(token: &str) -> String {
    token.to_owned()
}

#[cached(key = "computed_session:<token>", ttl = std::time::Duration::from_secs(1))]
async fn computed_session(token: &str) -> String {
    token.to_owned()
}

#[tokio::test]
async fn an_error_of_the_builder_repeats_no_password() {
    for url in [
        "redis://user:hunter2@host",
        "redis-cluster://user:hunter2@a,b",
        "http://user:hunter2@host",
        "user:hunter2@host",
        "memory://hunter2",
        "redis+hunter2",
    ] {
        let error = Cache::builder().url(url).build().await.expect_err("none of these works");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

#[tokio::test]
async fn the_builder_and_the_cache_print_no_password() {
    let builder = Cache::builder().url("redis://user:hunter2@host");
    assert!(!format!("{builder:?}").contains(SECRET), "{builder:?}");
    let cache = testing::isolate();
    session(SECRET).await;
    let entry = entry!(session(SECRET));
    let printed = format!("{cache:?} {} {entry:?} {}", cache.snapshot(), cache.explain(&entry));
    assert!(!printed.contains(SECRET), "{printed}");
}

#[tokio::test]
async fn an_error_of_a_put_names_the_template_and_not_the_key_or_the_value() {
    let cache = testing::isolate_with(|builder| builder.max_bytes(1_000));
    let too_large = SECRET.repeat(1_000);
    let error = cache.put(entry!(session(SECRET)), too_large).await.expect_err("too large");
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    assert!(error.to_string().contains("session"), "{error}");

    let long = SECRET.repeat(1_000);
    let error = cache.put(entry!(session(&long)), String::new()).await.expect_err("too long");
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");

    computed_session(SECRET).await;
    let computed = entry!(computed_session(SECRET));
    let error = cache.put(computed, String::new()).await.expect_err("no ttl");
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
}
