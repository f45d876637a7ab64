//! What a writing function names is read from the source inside of its body, and by nobody else.

use cache_runtime::testing::{self, Gate};
use cache_runtime::{CacheSlot, bypass, cached, entry, invalidates, refresh, traced, transaction};

use crate::support::source::Source;

const OWN: &str = "written by the function or the transaction around the call";

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failed;

type Result<T> = std::result::Result<T, Failed>;

#[cached(key = "page:<book>:<id>", ttl = "1h", tags = ["pages", "page:<id>"], group(book))]
async fn page(source: &Source, book: u64, id: u64) -> u64 {
    let _ = book;
    source.load(id).await
}

/// Made from a page, which it does not say.
#[cached(key = "cover:<id>", ttl = "1h")]
async fn cover(source: &Source, id: u64) -> u64 {
    page(source, 1, id).await * 10
}

static ARCHIVE: CacheSlot = CacheSlot::new("archive");

#[cached(key = "page:<book>:<id>", ttl = "1h", tags = ["archived"], cache = ARCHIVE)]
async fn archived(source: &Source, book: u64, id: u64) -> u64 {
    let _ = book;
    source.load(id).await
}

async fn write_and_read(source: &Source, id: u64) -> Result<(u64, &'static str)> {
    source.advance(id);
    let (read, outcome) = traced(page(source, 1, id)).await;
    Ok((read, outcome.reason()))
}

#[invalidates(page(1, id))]
async fn by_reference(source: &Source, id: u64) -> Result<(u64, &'static str)> {
    write_and_read(source, id).await
}

#[invalidates(tags = ["page:<id>"])]
async fn by_tag(source: &Source, id: u64) -> Result<(u64, &'static str)> {
    write_and_read(source, id).await
}

#[invalidates(page(1, _))]
async fn by_group(source: &Source, id: u64) -> Result<(u64, &'static str)> {
    write_and_read(source, id).await
}

#[invalidates(page(1, id))]
fn as_a_future(source: &Source, id: u64) -> impl Future<Output = Result<(u64, &'static str)>> {
    write_and_read(source, id)
}

#[tokio::test]
async fn a_body_that_reads_what_it_names_gets_what_it_has_written() {
    let cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    assert_eq!(by_reference(&source, 1).await, Ok((1, OWN)));
    assert_eq!(page(&source, 1, 1).await, 1);
    assert_eq!(by_tag(&source, 1).await, Ok((2, OWN)));
    assert_eq!(page(&source, 1, 1).await, 2);
    assert_eq!(by_group(&source, 1).await, Ok((3, OWN)));
    assert_eq!(page(&source, 1, 1).await, 3);
    assert_eq!(as_a_future(&source, 1).await, Ok((4, OWN)));
    assert_eq!(cache.peek(entry!(page(1, 1))).await, None, "and nothing was stored by any of them");
    assert_eq!(page(&source, 1, 1).await, 4);
}

#[invalidates(page(1, 1), tags = ["page:1"])]
async fn read_all_ways(source: &Source, cache: &cache_runtime::Cache) {
    source.advance(1);
    assert_eq!(refresh(page(source, 1, 1)).await, 1);
    assert_eq!(bypass(page(source, 1, 1)).await, 1);
    assert_eq!(cache.peek(entry!(page(1, 1))).await, None);
    assert_eq!(cache.get_many([entry!(page(1, 1)), entry!(page(1, 2))]).await, [None, Some(0)]);
    assert!(traced(page(source, 1, 2)).await.1.is_hit(), "it is another page");
    assert!(traced(archived(source, 1, 1)).await.1.is_hit(), "it is another cache");
    page(source, 1, 3).await;
    assert!(traced(page(source, 1, 3)).await.1.is_hit(), "it is cached as ever");
    cover(source, 1).await;
}

#[tokio::test]
async fn everything_else_is_cached_in_a_body_as_ever() {
    let cache = testing::isolate();
    let source = Source::default();
    archived(&source, 1, 1).await;
    page(&source, 1, 1).await;
    page(&source, 1, 2).await;
    read_all_ways(&source, &cache).await;
    assert_eq!(cache.peek(entry!(cover(1))).await, Some(10), "made from what was written");
    assert_eq!(cache.peek(entry!(page(1, 3))).await, Some(0));
}

#[invalidates(page(1, 1), tags = ["page:1"])]
async fn write_slowly(source: &Source, gate: &Gate) {
    source.advance(1);
    gate.pass().await;
    assert_eq!(page(source, 1, 1).await, 1);
}

#[tokio::test]
async fn other_tasks_get_what_is_cached_while_a_body_runs() {
    let _cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    page(&source, 1, 1).await;
    let read = async {
        gate.arrived(1).await;
        assert_eq!(page(&source, 1, 1).await, 0);
        gate.open();
    };
    tokio::join!(write_slowly(&source, &gate), read);
    assert_eq!(page(&source, 1, 1).await, 1);
}

#[invalidates(page(1, 1))]
async fn read_in_a_task(source: &Source) -> u64 {
    source.advance(1);
    let other = source.clone();
    tokio::spawn(async move { page(&other, 1, 1).await }).await.unwrap()
}

#[tokio::test]
async fn a_task_that_a_body_spawns_is_another_task() {
    let _cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    assert_eq!(read_in_a_task(&source).await, 0, "what is cached");
    assert_eq!(page(&source, 1, 1).await, 1);
}

#[invalidates(page(2, 7))]
async fn outer(source: &Source, id: u64) -> Result<()> {
    assert_eq!(by_reference(source, id).await, Ok((1, OWN)));
    // What the inner function wrote is over.
    assert_eq!(page(source, 1, id).await, 1);
    assert!(traced(page(source, 1, id)).await.1.is_hit());
    inner_of(source).await
}

#[invalidates(tags = ["unrelated"])]
async fn inner_of(source: &Source) -> Result<()> {
    assert_eq!(traced(page(source, 2, 7)).await.1.reason(), OWN, "the outer one's");
    unrelated(source).await;
    Ok(())
}

#[cached(key = "unrelated", ttl = "1h", tags = ["unrelated"])]
async fn unrelated(source: &Source) -> u64 {
    source.load(9).await
}

#[tokio::test]
async fn a_writer_that_calls_a_writer_knows_its_own_writes_and_those_around_it() {
    let cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    page(&source, 2, 7).await;
    outer(&source, 1).await.unwrap();
    assert_eq!(cache.peek(entry!(page(2, 7))).await, None);
    assert_eq!(cache.peek(entry!(page(1, 1))).await, Some(1));
}

#[tokio::test]
async fn a_writer_inside_of_a_transaction_leaves_its_writes_to_that() {
    let cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    transaction(async {
        assert_eq!(by_reference(&source, 1).await?, (1, OWN));
        assert_eq!(traced(page(&source, 1, 1)).await.1.reason(), OWN, "until the end");
        assert_eq!(by_tag(&source, 2).await?, (1, OWN));
        Result::Ok(())
    })
    .await
    .unwrap();
    assert_eq!(cache.peek(entry!(page(1, 1))).await, None);
    assert_eq!(page(&source, 1, 1).await, 1);
}

#[invalidates(page(1, 1))]
async fn commits_by_itself(source: &Source) -> Result<()> {
    transaction(async {
        assert_eq!(by_tag(source, 1).await?, (1, OWN));
        assert_eq!(traced(page(source, 1, 1)).await.1.reason(), OWN);
        Result::Ok(())
    })
    .await?;
    assert_eq!(traced(page(source, 1, 1)).await.1.reason(), OWN, "still its own");
    Ok(())
}

#[tokio::test]
async fn a_transaction_inside_of_a_writer_ends_before_it() {
    let cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    commits_by_itself(&source).await.unwrap();
    assert_eq!(cache.peek(entry!(page(1, 1))).await, None);
}

#[invalidates(page(1, 1), only_ok)]
async fn fails_after_a_look(source: &Source) -> Result<()> {
    let (_, outcome) = traced(page(source, 1, 1)).await;
    assert_eq!(outcome.reason(), OWN);
    Err(Failed)
}

#[tokio::test]
async fn with_only_ok_the_old_value_is_back_after_an_error() {
    let cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    assert_eq!(fails_after_a_look(&source).await, Err(Failed));
    assert_eq!(cache.peek(entry!(page(1, 1))).await, Some(0));
}

#[invalidates(page(1, 1))]
async fn panics(source: &Source) {
    assert_eq!(source.load(1).await, 1, "it panics, as the test asked it to");
}

#[tokio::test]
async fn a_body_that_panics_or_is_dropped_takes_its_scope_with_it() {
    let cache = testing::isolate();
    let source = Source::default();
    let failing = source.clone();
    assert!(tokio::spawn(async move { panics(&failing).await }).await.unwrap_err().is_panic());
    let gate = Gate::new();
    {
        let mut writing = std::pin::pin!(write_slowly(&source, &gate));
        assert_eq!(crate::support::poll_once(writing.as_mut()).await, None);
    }
    cache.clock().advance(std::time::Duration::from_secs(30));
    page(&source, 1, 1).await;
    assert!(traced(page(&source, 1, 1)).await.1.is_hit(), "this thread is in no body");
}

#[invalidates(|id| page(1, *id))]
async fn known_afterwards(source: &Source) -> Result<u64> {
    source.advance(1);
    assert_eq!(page(source, 1, 1).await, 0, "it is not known yet");
    Ok(1)
}

#[tokio::test]
async fn what_only_the_result_names_is_not_known_in_the_body() {
    let _cache = testing::isolate();
    let source = Source::default();
    page(&source, 1, 1).await;
    known_afterwards(&source).await.unwrap();
    assert_eq!(page(&source, 1, 1).await, 1);
}
