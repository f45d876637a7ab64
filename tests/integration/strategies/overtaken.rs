//! A slow load that something overtakes: its value is old, and must not be stored.

use crate::support::naive::{Naive, NaiveFlights};
use crate::support::settle;
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject};

/// What overtakes the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Key,
    Tag,
    Pattern,
    Clear,
    Put,
    Write,
    MarkStale,
}

const CHANGES: [Change; 7] = [
    Change::Key,
    Change::Tag,
    Change::Pattern,
    Change::Clear,
    Change::Put,
    Change::Write,
    Change::MarkStale,
];

/// What the callers saw. The row was 1 before the change and is 2 after it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Whose load was slow.
    leader: u64,
    /// Who waited for that load before the change.
    waited: u64,
    /// Who came after the change, while that load was still running.
    came_after: u64,
    /// Who came when everything was over.
    came_last: u64,
}

async fn make<S: Subject>(subject: &S, change: Change) {
    let source = subject.source().clone();
    if change != Change::Write {
        source.set(1, 2);
    }
    match change {
        Change::Key => subject.invalidate(1).await,
        Change::Tag => subject.invalidate_tag().await,
        Change::Pattern => subject.invalidate_pattern().await,
        Change::Clear => subject.clear().await,
        Change::Put => subject.put(1, 2).await,
        Change::Write => subject.write(1, async move { source.set(1, 2) }).await,
        Change::MarkStale => subject.mark_stale(1).await,
    }
}

async fn overtake<S: Subject>(change: Change) -> Seen {
    let source = Source::default();
    source.set(1, 1);
    let subject = S::new(source.clone());
    let reader = |subject: &S| {
        let subject = subject.clone();
        tokio::spawn(async move { subject.read(1).await })
    };

    let gate = source.slow_down_next();
    let leader = reader(&subject);
    gate.arrived(1).await;
    let waiting = reader(&subject);
    settle().await;

    make(&subject, change).await;
    let came_after = subject.read(1).await;
    gate.open();
    let (leader, waited) = (leader.await.unwrap(), waiting.await.unwrap());
    Seen { leader, waited, came_after, came_last: subject.read(1).await }
}

#[tokio::test]
async fn a_naive_cache_stores_the_overtaken_load() {
    for change in CHANGES {
        let seen = overtake::<Naive>(change).await;
        assert_eq!(seen.came_last, 1, "stale after {change:?}: {seen:?}");
    }
}

#[tokio::test]
async fn naive_flights_are_joined_after_they_were_overtaken() {
    // `put` leaves a value that is found before any flight.
    for change in CHANGES.into_iter().filter(|change| *change != Change::Put) {
        let source = Source::default();
        source.set(1, 1);
        let subject = NaiveFlights::new(source.clone());
        let gate = source.slow_down_next();
        let leader = tokio::spawn({
            let subject = subject.clone();
            async move { subject.read(1).await }
        });
        gate.arrived(1).await;
        make(&subject, change).await;
        let late = tokio::spawn(async move { subject.read(1).await });
        settle().await;
        gate.open();
        assert_eq!((leader.await.unwrap(), late.await.unwrap()), (1, 1), "{change:?}");
    }
}

#[tokio::test]
async fn an_overtaken_load_is_neither_stored_nor_joined() {
    for change in CHANGES {
        let seen = overtake::<Ours>(change).await;
        let expected = Seen { leader: 1, waited: 1, came_after: 2, came_last: 2 };
        assert_eq!(seen, expected, "{change:?}");
    }
}
