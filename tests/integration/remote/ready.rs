//! A program that waits until its cache is ready.

use cache_runtime::Coherence;

use super::*;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_cache_is_ready_when_its_server_has_come_and_tells_of_changes() {
    let local = Cache::builder().build().await.unwrap();
    local.ready(Duration::ZERO).await.unwrap();
    for kind in servers() {
        let mut server = Server::start(kind);
        server.kill();
        let cache = Cache::builder().url(server.url()).build().await.unwrap();
        let error = cache.ready(SHORT).await.unwrap_err();
        assert!(error.is_unavailable(), "{error}");
        assert!(error.to_string().contains("the connection is refused"), "{error}");
        server.restart();
        cache.ready(LONG).await.unwrap();
        let health = cache.health();
        assert!(health.is_healthy() && health.remote.unwrap().tracking, "{health}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    for kind in servers() {
        let server = Server::with(kind, &["--rename-command CLIENT "]);
        let builder = Cache::builder().url(server.url()).connect_timeout(LONG);
        let cache = builder.clone().build().await.unwrap();
        let error = cache.ready(SHORT).await.unwrap_err().to_string();
        assert!(error.contains("`CLIENT TRACKING` is refused (UNKNOWN)"), "{error}");
        let by_ttl = builder.coherence(Coherence::Ttl).build().await.unwrap();
        by_ttl.ready(SHORT).await.unwrap();
        let health = by_ttl.health();
        assert!(health.is_healthy(), "somebody wants it so");
        assert!(health.to_string().contains("server serving, copies kept"), "{health}");
        let health = cache.health();
        assert!(health.to_string().contains("server degraded, copies not kept"), "{health}");
    }
}
