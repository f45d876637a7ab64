//! A store of somebody's own, made of nothing but what the crate shows: it can give every answer that there is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{
    Acquired, Begun, Envelope, Filled, Format, Found, Health, Key, Read, Scanned, Store, Tag,
    Token, Versions,
};
use cache_runtime::{Cache, Result, cached, entry, testing};

/// Gives the same answers whatever it is asked.
#[derive(Clone, Debug)]
struct Answers {
    found: Found,
    acquired: Acquired,
    filled: Filled,
    begun: Begun,
}

#[async_trait]
impl Store for Answers {
    async fn read(&self, _: &Key, tags: &[Tag]) -> Result<Read> {
        let versions = self.versions(tags).await?;
        Ok(Read::new(self.found.clone(), Some(Token::new()), versions))
    }

    async fn acquire(&self, _: &Key, _: Token, _: Duration, _: Option<Token>) -> Result<Acquired> {
        Ok(self.acquired.clone())
    }

    async fn fill(&self, _: &Key, _: Token, _: &[Tag], _: Envelope) -> Result<Filled> {
        Ok(self.filled)
    }

    async fn release(&self, _: &Key, _: Token) -> Result<()> {
        Ok(())
    }

    async fn extend(&self, _: &Key, _: Token, _: Duration) -> Result<bool> {
        Ok(true)
    }

    async fn begin(&self, _: &Key, _: Token, _: Duration) -> Result<Begun> {
        Ok(self.begun)
    }

    async fn commit(&self, _: &Key, _: Token, _: &[Tag], _: Option<Envelope>) -> Result<Filled> {
        Ok(self.filled)
    }

    async fn abandon(&self, _: &Key, _: Token, _: Option<Duration>) -> Result<()> {
        Ok(())
    }

    async fn cancel(&self, _: &Key, _: Token) -> Result<()> {
        Ok(())
    }

    async fn invalidate(&self, _: &Key) -> Result<()> {
        Ok(())
    }

    async fn mark_stale(&self, _: &Key) -> Result<()> {
        Ok(())
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        Ok(Versions::new(1, vec![1; tags.len()]))
    }

    async fn bump(&self, _: &Tag) -> Result<()> {
        Ok(())
    }

    async fn clear(&self) -> Result<()> {
        Ok(())
    }

    async fn scan(&self, _: &[u8], _: u64) -> Result<Scanned> {
        Ok(Scanned::new(Vec::new(), 0))
    }

    fn health(&self) -> Health {
        Health::new(true)
    }
}

#[cached(key = "answer:<id>", ttl = "1m", tags = ["answer"])]
async fn answer(id: u64) -> u64 {
    id + 1
}

/// A value of nobody's: its bytes decode as no type.
fn value() -> Envelope {
    let (format, versions, minute) =
        (Format::new(1, 0, 7), Versions::new(1, vec![1]), Duration::from_mins(1));
    let mut value = Envelope::new(b"garbage".to_vec(), format, versions, minute, minute);
    value.id = Some(Token::new());
    value
}

#[tokio::test]
async fn a_store_of_ones_own_can_give_every_answer_and_the_function_is_right_with_each() {
    let token = Token::new();
    let found = [
        Found::Fresh(value()),
        Found::Stale(value()),
        Found::Dead(value()),
        Found::Loading(token),
        Found::Writing(token),
        Found::Foreign,
        Found::Nothing,
    ];
    let acquired = [
        Acquired::Granted,
        Acquired::busy(token, Duration::from_millis(1)),
        Acquired::Writing,
        Acquired::Changed(value()),
        Acquired::Foreign,
    ];
    let filled = [Filled::Stored, Filled::Refused, Filled::Outdated, Filled::TooLarge];
    let begun = [Begun::Alone, Begun::Overlapping];
    let mut id = 0;
    for found in &found {
        for acquired in &acquired {
            for filled in filled {
                id += 1;
                let (found, acquired) = (found.clone(), acquired.clone());
                let begun = begun[id % begun.len()];
                let store = Answers { found, acquired, filled, begun };
                let shown = format!("{store:?}");
                let cache = Cache::builder().store(Arc::new(store)).build().await.unwrap();
                let cache = testing::isolate_on(cache);
                let id = id as u64;
                cache
                    .scope(async {
                        assert_eq!(answer(id).await, id + 1, "{shown}");
                        let put = cache.put(entry!(answer(id)), 7).await;
                        assert_eq!(put.is_ok(), filled != Filled::TooLarge, "{shown}: {put:?}");
                        cache.invalidate(entry!(answer(id))).await.unwrap();
                        assert_eq!(answer(id).await, id + 1, "{shown}");
                    })
                    .await;
            }
        }
    }
}
