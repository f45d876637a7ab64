//! Groups: all entries whose keys have some arguments in common, invalidated at once.

use cache_runtime::testing;
use cache_runtime::{cached, entry, invalidate, invalidates, policies};

use crate::support::source::Source;
use crate::support::{counters, settle};

#[cached(key = "page:<user>:<page>", ttl = "1h", group(user), group(page), group())]
async fn page(source: &Source, user: u64, page: u64) -> u64 {
    source.load(user * 100 + page).await
}

#[invalidates(page(user, _))]
async fn add(source: &Source, user: u64) {
    source.advance(user * 100 + 1);
}

#[invalidates(|user| page(*user, _))]
async fn add_to_some(source: &Source) -> Result<u64, std::fmt::Error> {
    source.advance(101);
    Ok(1)
}

#[tokio::test]
async fn the_entries_of_a_group_are_invalidated_and_no_others() {
    let cache = testing::isolate();
    let source = Source::default();
    let fill = async || {
        for (user, number) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            page(&source, user, number).await;
        }
    };
    let left = async || {
        let mut left = Vec::new();
        for (user, number) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            if cache.peek(entry!(page(user, number))).await.is_some() {
                left.push((user, number));
            }
        }
        left
    };
    fill().await;
    add(&source, 1).await;
    assert_eq!(left().await, [(2, 1), (2, 2)]);
    fill().await;
    add_to_some(&source).await.unwrap();
    assert_eq!(left().await, [(2, 1), (2, 2)]);
    fill().await;
    invalidate!(page(_, 2)).await.unwrap();
    assert_eq!(left().await, [(1, 1), (2, 1)]);
    fill().await;
    invalidate!(page(_, _)).await.unwrap();
    assert_eq!(left().await, []);
}

#[tokio::test]
async fn an_invalidation_takes_as_long_for_many_entries_as_for_one() {
    let cache = testing::isolate();
    let source = Source::default();
    for number in 0..1000 {
        page(&source, 1, number).await;
    }
    let before = cache.snapshot();
    add(&source, 1).await;
    let after = cache.snapshot();
    // nothing is searched and nothing is removed: the entries are dead where they are
    assert_eq!((before.entries, before.dead), (1000, 0));
    assert_eq!((after.entries, after.dead), (0, 1000));
    let removed = |snapshot: &cache_runtime::Snapshot| snapshot.policies[0].invalidations;
    assert_eq!(removed(&after), removed(&before));
    for number in 0..1000 {
        assert_eq!(cache.peek(entry!(page(1, number))).await, None);
    }
}

#[tokio::test]
async fn a_load_that_a_group_invalidation_overtakes_is_neither_stored_nor_joined() {
    for change in 0..3 {
        let cache = testing::isolate();
        let source = Source::default();
        let gate = source.slow_down_next();
        let load = tokio::spawn({
            let source = source.clone();
            async move { page(&source, 1, 1).await }
        });
        gate.arrived(1).await;
        match change {
            0 => add(&source, 1).await,
            1 => add_to_some(&source).await.map(drop).unwrap(),
            _ => {
                source.advance(101);
                invalidate!(page(1, _)).await.unwrap();
            }
        }
        assert_eq!(page(&source, 1, 1).await, 1, "who comes after it does not join");
        gate.open();
        assert_eq!(load.await.unwrap(), 0);
        settle().await;
        assert_eq!(page(&source, 1, 1).await, 1);
        let refused = counters(&cache, "page").refused;
        assert_eq!(refused.overtaken + refused.tag_overtaken + refused.busy, 1, "{refused:?}");
    }
}

/// What one does who knows the pages by heart: removes them one by one, and forgets those under way.
#[tokio::test]
async fn a_naive_removal_of_the_known_entries_leaves_a_load_under_way() {
    use crate::support::naive::Naive;
    use crate::support::subject::Subject;
    let source = Source::default();
    let naive = Naive::new(source.clone());
    let gate = source.slow_down_next();
    let load = tokio::spawn({
        let naive = naive.clone();
        async move { naive.read(101).await }
    });
    gate.arrived(1).await;
    source.advance(101);
    naive.invalidate(101).await;
    gate.open();
    load.await.unwrap();
    assert_eq!(naive.read(101).await, 0, "stale");
}

struct Posts {
    tenant: u64,
    source: Source,
}

impl Posts {
    #[cached(
        key = "posts:<self.tenant>:<user>:<after>:<kind>",
        ttl = "1h",
        skip(self.source),
        group(user),
        group(user, kind)
    )]
    async fn list(&self, user: u64, after: Option<&str>, kind: u8) -> u64 {
        let _ = after;
        self.source.load(user + u64::from(kind)).await
    }

    #[invalidates(self.list(user, _, _))]
    async fn add(&self, user: u64) {
        self.source.advance(user);
    }

    #[cached(key = "fixed:<user>:<page>", ttl = "1h", skip(self), group(user))]
    async fn fixed(&self, user: u64, page: u64) -> u64 {
        self.source.load(user + page).await
    }

    #[invalidates(Self::fixed(user, _), self.list(user, _, 1))]
    async fn change(&self, user: u64) {
        self.source.advance(user);
    }
}

#[tokio::test]
async fn methods_have_groups_of_their_own_self() {
    let cache = testing::isolate();
    let posts = Posts { tenant: 1, source: Source::default() };
    let other = Posts { tenant: 2, source: posts.source.clone() };
    for repository in [&posts, &other] {
        repository.list(7, None, 0).await;
        repository.list(7, Some("x"), 1).await;
    }
    posts.change(7).await;
    assert_eq!(cache.peek(entry!(posts.list(7, None, 0))).await, Some(0));
    assert_eq!(cache.peek(entry!(posts.list(7, Some("x"), 1))).await, None);
    posts.add(7).await;
    assert_eq!(cache.peek(entry!(posts.list(7, None, 0))).await, None);
    assert_eq!(cache.peek(entry!(other.list(7, None, 0))).await, Some(0));
    posts.fixed(7, 1).await;
    other.change(7).await;
    assert_eq!(cache.peek(entry!(posts.fixed(7, 1))).await, None);
}

#[test]
fn groups_are_listed_and_are_no_tags() {
    let policies = policies();
    let page = policies.iter().find(|policy| policy.name == "page").expect("it is linked");
    assert!(page.tags.is_empty());
    assert_eq!(page.groups, ["page:<user>:*", "page:*:<page>", "page:*:*"]);
    let writers: Vec<_> =
        policies.writers_of(page).into_iter().map(|writer| (writer.name, writer.entries)).collect();
    assert_eq!(
        writers,
        [("add", &["page(user, _)"][..]), ("add_to_some", &["page(*user, _)"][..])]
    );
}
