//! A server that takes no more: `maxmemory` is reached under `noeviction`.

use cache_runtime::Fault;
use redis::aio::MultiplexedConnection;

use super::*;

async fn allow(server: &mut MultiplexedConnection, memory: &str) {
    let mut command = redis::cmd("CONFIG");
    command.arg("SET").arg("maxmemory").arg(memory);
    command.query_async::<()>(server).await.unwrap();
}

#[tokio::test]
async fn a_full_server_serves_what_it_has_and_forgets_what_it_must() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let mut outside = site.server.connection().await;
        let [kept_row, by_key, by_tag] = [another_id(), another_id(), another_id()];
        for id in [kept_row, by_key, by_tag] {
            set_row(id, 1);
            one.scope(read(id)).await;
        }
        allow(&mut outside, "1").await;

        assert_eq!(two.scope(read(kept_row)).await, 1);
        assert_eq!(of(&two, "read").loads, 0, "what is there is served");
        let before = of(&one, "read");
        let took = median(reads(&one, 25).await);
        assert!(took < BUDGET, "{took:?}");
        let after = of(&one, "read");
        assert_eq!(
            after.refused.unavailable - before.refused.unavailable,
            50,
            "{}",
            one.snapshot()
        );

        for cache in [&one, &two] {
            for id in [by_key, by_tag] {
                kept(cache, id).await;
            }
        }
        one.scope(write(by_key, 2)).await.unwrap();
        one.scope(write_by_tag(by_tag, 2)).await.unwrap();
        for id in [by_key, by_tag] {
            assert_eq!(one.scope(read(id)).await, 2, "read your writes");
            until_it_answers(&2, || two.scope(read(id))).await;
        }
        let health = health(&one);
        assert_eq!(health.fault, Some(Fault::Full), "{health}");
        assert!(!is_away(&one) && health.tracking, "it is full, not away: {health}");
        let said = one.health().to_string();
        assert!(said.contains("a value is not stored") && said.contains("`maxmemory`"), "{said}");
        assert_eq!((health.losses, health.owed), (0, 0), "{health}");

        allow(&mut outside, "0").await;
        recovered(&one).await;
        kept(&one, by_key).await;
    }
}
