//! The longest times that there are.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::{
    Acquired, Envelope, Filled, Format, RedisOptions, RedisStore, Store, Token,
};

use super::watcher::Watcher;
use super::{key, tag};
use crate::support::server::{Server, servers};

#[tokio::test]
async fn the_longest_deadlines_are_deadlines_like_others() {
    for kind in servers() {
        let server = Server::start(kind);
        let mut longest = RedisOptions::new(server.url(), "link");
        longest.connect_timeout = Duration::MAX;
        longest.response_timeout = Duration::MAX;
        let store = RedisStore::connect(longest).await.unwrap();
        let watcher = Arc::new(Watcher::default());
        store.watch(watcher.clone());
        watcher.until("restored", 1).await;
        // Longer than from one heartbeat to the next.
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        everything(&store, Duration::MAX).await.unwrap();
        assert_eq!((store.health().losses, watcher.told().len()), (0, 1), "{:?}", watcher.told());
    }
}

/// Every operation that takes a time, with this one.
async fn everything(store: &RedisStore, time: Duration) -> cache_runtime::Result<()> {
    let (key, token, tags) = (key("of-times"), Token::new(), [tag("of-times")]);
    let value = |versions| {
        let mut value = Envelope::new(b"x".to_vec(), Format::default(), versions, time, time);
        (value.age, value.cost) = (time, time);
        value
    };
    let untracked = store.untracked();
    let store = &untracked;
    store.acquire(&key, token, time, None).await?;
    store.extend(&key, token, time).await?;
    let loaded = value(store.versions(&tags).await?);
    assert_eq!(store.fill(&key, token, &tags, loaded.clone()).await?, Filled::Stored);
    store.renew(&key, time, time).await?;
    let refresh = Token::new();
    assert_eq!(store.acquire(&key, refresh, time, Some(token)).await?, Acquired::Granted);
    store.back_off(&key, refresh, time).await?;
    assert_eq!(store.read(&key, &tags).await?.lease, Some(Token::NOBODY));
    store.begin(&key, token, time).await?;
    store.cancel(&key, token).await?;
    store.begin(&key, token, time).await?;
    assert_eq!(store.commit(&key, token, &tags, Some(loaded)).await?, Filled::Stored);
    store.read(&key, &tags).await?;
    store.mark_stale(&key).await?;
    store.begin(&key, token, time).await?;
    store.abandon(&key, token, Some(time)).await?;
    store.commit(&key, token, &[], None).await?;
    Ok(())
}
