//! What has ended is given back, and nothing else. Values count themselves; no store is asked about itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::key::{Key, Tag};
use crate::policy::Life;
use crate::store::Filled;
use crate::token::Token;

const SECOND: Duration = Duration::from_secs(1);

/// How many values are alive.
#[derive(Clone, Debug, Default)]
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Value(Alive);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

type Store = Arc<MemoryStore<Arc<Value>>>;

struct Subject {
    store: Store,
    clock: ManualClock,
    alive: Alive,
}

const LIMITS: Limits = Limits { entries: 100_000, bytes: Some(64 << 20) };

impl Subject {
    fn new(limits: Limits) -> Self {
        let clock = ManualClock::new();
        let store = MemoryStore::new(limits, Clock::Manual(clock.clone()));
        Self { store, clock, alive: Alive::default() }
    }

    fn value(&self, tags: &[Tag], ttl: Duration) -> Incoming<Arc<Value>> {
        self.alive.0.fetch_add(1, Ordering::SeqCst);
        let payload = Arc::new(Value(self.alive.clone()));
        let life = Life::plain(ttl, Duration::ZERO);
        Incoming { payload, life, stamp: self.store.stamp(tags), size: 100 }
    }

    fn fill(&self, key: &Key, tags: &[Tag], ttl: Duration) -> Filled {
        let token = Token::new();
        let value = self.value(tags, ttl);
        self.store.acquire(key, token, SECOND, None);
        self.store.fill(key, token, value)
    }

    fn advance(&self, seconds: u32) {
        self.clock.advance(SECOND * seconds);
    }

    /// Everything that anything is kept of: entries, lines of the ledger, holds and tags.
    fn kept(&self) -> [usize; 4] {
        let Counted { live, dead, .. } = self.store.count();
        let lines = usize::try_from(live + dead).unwrap();
        [self.store.len(), lines, self.store.holds.keys().len(), self.store.tags.len()]
    }
}

fn key(id: u32) -> Key {
    Key::new(format!("key:{id}").as_bytes()).unwrap()
}

fn tag(id: u32) -> Tag {
    Tag::new(format!("tag:{id}").as_bytes())
}

#[test]
fn what_has_expired_is_given_back_and_what_has_not_stays() {
    let subject = Subject::new(LIMITS);
    for id in 0..1_000 {
        subject.fill(&key(id), &[tag(id)], SECOND * (1 + id % 10));
    }
    for seconds in 1..=10 {
        subject.advance(1);
        let left = 1_000 - seconds * 100;
        assert_eq!(subject.alive.now(), left);
        assert_eq!(subject.kept(), [left, left, 0, left]);
    }
    assert_eq!(subject.store.count(), Counted::default());
}

#[test]
fn what_a_tag_or_a_clear_has_ended_is_given_back_whatever_its_ttl() {
    let subject = Subject::new(LIMITS);
    for id in 0..1_000 {
        subject.fill(&key(id), &[tag(id % 10), tag(99)], SECOND * 3_600);
    }
    subject.store.bump(&tag(3), None);
    let Counted { live, dead, .. } = subject.store.count();
    assert_eq!((live, dead, subject.alive.now()), (900, 100, 1_000));
    subject.advance(0);
    assert_eq!((subject.alive.now(), subject.kept()), (900, [900, 900, 0, 10]));

    // Once more at a later time: what was stored in between ends then.
    subject.store.bump(&tag(3), Some(SECOND * 5));
    subject.fill(&key(3), &[tag(3)], SECOND * 3_600);
    subject.advance(4);
    assert_eq!(subject.alive.now(), 901);
    subject.advance(1);
    assert_eq!(subject.alive.now(), 900);

    let late = subject.value(&[tag(99)], SECOND * 3_600);
    subject.store.clear();
    assert_eq!(subject.alive.now(), 1, "the one that is on its way");
    subject.store.acquire(&key(1), Token::new(), SECOND, None);
    subject.store.fill(&key(1), Token::new(), late);
    subject.advance(700);
    assert_eq!((subject.alive.now(), subject.kept()), (0, [0; 4]));
}

#[test]
fn what_is_there_before_everything_is_to_end_again_ends_then_although_nobody_calls() {
    let subject = Subject::new(LIMITS);
    subject.fill(&key(1), &[], SECOND * 3_600);
    subject.store.clear_again(SECOND * 5);
    // What ends before then makes for a look at everything.
    subject.fill(&key(2), &[], SECOND * 2);
    subject.advance(4);
    assert!(subject.store.get_fresh(key(1).as_bytes()).is_some());
    subject.advance(1);
    assert!(subject.store.get_fresh(key(1).as_bytes()).is_none());
    assert_eq!((subject.alive.now(), subject.kept()), (0, [0; 4]));
    subject.fill(&key(3), &[], SECOND * 3_600);
    subject.advance(3_599);
    assert_eq!(subject.alive.now(), 1, "it ends once");
}

#[test]
fn a_value_whose_writer_is_not_heard_of_again_is_given_back_when_its_guard_ends() {
    let subject = Subject::new(LIMITS);
    let (lost, cancelled, token) = (key(1), key(2), Token::new());
    subject.fill(&lost, &[], SECOND * 3_600);
    subject.fill(&cancelled, &[], SECOND * 3_600);
    subject.store.begin(&lost, Token::new(), SECOND * 30);
    subject.store.begin(&cancelled, token, SECOND * 30);
    subject.advance(29);
    subject.store.cancel(&cancelled, token);
    assert_eq!((subject.alive.now(), subject.kept()[2]), (2, 1));
    subject.advance(1);
    assert_eq!((subject.alive.now(), subject.kept()), (1, [1, 1, 0, 0]));
    assert!(subject.store.get_fresh(cancelled.as_bytes()).is_some(), "it has its life back");
    subject.advance(3_600);
    assert_eq!((subject.alive.now(), subject.kept()), (0, [0; 4]));
}

#[test]
fn leases_and_guards_that_nobody_ends_and_tags_of_nothing_are_not_kept() {
    let subject = Subject::new(LIMITS);
    for id in 0..5_000 {
        subject.store.acquire(&key(id), Token::new(), SECOND, None);
        subject.store.begin(&key(10_000 + id), Token::new(), SECOND * 30);
        subject.store.abandon(&key(20_000 + id), Token::new(), Some(SECOND));
        subject.store.tags.versions(&[tag(id)], subject.store.clock.now());
        drop(subject.store.stamp(&[tag(10_000 + id)]));
    }
    subject.advance(30);
    assert_eq!(subject.kept()[2], 5_000, "an overdue lease is still good for a fill");
    subject.advance(571);
    assert_eq!(subject.kept(), [0; 4]);
}

#[test]
fn a_version_that_was_given_out_is_there_for_a_load_that_takes_its_time() {
    let subject = Subject::new(LIMITS);
    let read = subject.store.tags.versions(&[tag(1)], subject.store.clock.now());
    subject.fill(&key(7), &[], SECOND);
    subject.advance(60);
    let now = subject.store.clock.now();
    let stamp = subject.store.tags.stamp_of(&[tag(1)], &read, now);
    assert!(subject.store.is_current(&stamp));
}

#[test]
fn evicted_and_refused_values_are_off_the_list() {
    let subject = Subject::new(Limits { entries: 100, bytes: Some(1 << 20) });
    for id in 0..1_000 {
        subject.fill(&key(id % 300), &[tag(id)], SECOND * 3_600);
        let heavy = Incoming { size: 2 << 20, ..subject.value(&[], SECOND) };
        let token = Token::new();
        subject.store.acquire(&key(1_000), token, SECOND, None);
        assert_eq!(subject.store.fill(&key(1_000), token, heavy), Filled::TooLarge);
        let [entries, lines, ..] = subject.kept();
        assert_eq!((entries, lines), (subject.alive.now(), subject.alive.now()));
        assert!(entries <= 100);
    }
}

#[test]
fn the_thread_gives_back_without_calls_and_ends_with_its_store() {
    let store: Store = MemoryStore::new(LIMITS, Clock::System);
    let subject = Subject { store, clock: ManualClock::new(), alive: Alive::default() };
    let sweeper = Arc::downgrade(&subject.store.sweeper);
    for id in 0..1_000 {
        let ttl = if id % 2 == 0 { SECOND / 20 } else { SECOND * 3_600 };
        subject.fill(&key(id), &[tag(7)], ttl);
    }
    until("half of them have expired", || subject.alive.now() == 500);
    subject.store.bump(&tag(7), None);
    until("a tag has ended the others", || subject.alive.now() == 0);
    drop(subject);
    until("the thread has ended", || sweeper.strong_count() == 0);
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < SECOND * 60, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The thread against everything that changes a key, on few keys and on lives of a few milliseconds. Each value knows how
/// many writes there had been of its key when its load began.
#[test]
fn the_thread_neither_keeps_nor_brings_back_anything_while_keys_change() {
    const KEYS: u32 = 8;
    let store: Arc<MemoryStore<Arc<(Value, u64)>>> = MemoryStore::new(LIMITS, Clock::System);
    let (alive, over) = (Alive::default(), AtomicBool::new(false));
    let written: Vec<_> = (0..KEYS).map(|_| AtomicUsize::new(0)).collect();
    let value = |id: u32, ttl: u64| {
        let stamp = store.stamp(&[tag(id % 2)]);
        let seen = written[id as usize].load(Ordering::SeqCst) as u64;
        alive.0.fetch_add(1, Ordering::SeqCst);
        let payload = Arc::new((Value(alive.clone()), seen));
        let ttl = Duration::from_millis(ttl);
        Incoming { payload, life: Life::plain(ttl, Duration::ZERO), stamp, size: 100 }
    };
    std::thread::scope(|scope| {
        for nth in 0..2u32 {
            let (store, value) = (&store, &value);
            scope.spawn(move || {
                for n in 0..20_000u32 {
                    let (key, token) = (key((n + nth) % KEYS), Token::new());
                    store.acquire(&key, token, SECOND, None);
                    store.fill(&key, token, value((n + nth) % KEYS, u64::from(1 + n % 5)));
                }
            });
        }
        scope.spawn(|| {
            for n in 0..10_000u32 {
                let (id, token) = (n % KEYS, Token::new());
                store.begin(&key(id), token, SECOND);
                written[id as usize].fetch_add(1, Ordering::SeqCst);
                let new = value(id, 3);
                match n % 5 {
                    0 => store.abandon(&key(id), token, None),
                    1 => store.abandon(&key(id), token, Some(Duration::from_millis(1))),
                    2 => drop(store.commit(&key(id), token, None)),
                    _ => drop(store.commit(&key(id), token, Some(new))),
                }
                let least = written[id as usize].load(Ordering::SeqCst) as u64;
                if let Some(found) = store.get_fresh(key(id).as_bytes()) {
                    assert!(found.1 >= least, "older than a write that has ended");
                }
            }
            over.store(true, Ordering::SeqCst);
        });
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                store.bump(&tag(0), None);
                // As the thread does after its pause, which is long for a test.
                let mut pass = sweep::Pass::begin(&store.sweeper);
                while store.step(&mut pass) {}
            }
        });
    });
    until("all of them have expired", || alive.now() == 0);
    assert_eq!((store.len(), store.count()), (0, Counted::default()));
}

#[derive(Clone, Debug)]
enum Step {
    Fill(u32, u32),
    Windowed(u32, u32),
    Write(u32, u32),
    MarkStale(u32),
    Renew(u32, u32),
    BackOff(u32),
    Invalidate(u32),
    Bump(u32, Option<u32>),
    Clear,
    Advance(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 0..20u32;
    let step = prop_oneof![
        6 => (id.clone(), 1..9u32).prop_map(|(id, ttl)| Step::Fill(id, ttl)),
        3 => (id.clone(), 0..5u32).prop_map(|(id, end)| Step::Write(id, end)),
        2 => (id.clone(), 1..9u32).prop_map(|(id, ttl)| Step::Windowed(id, ttl)),
        2 => id.clone().prop_map(Step::MarkStale),
        2 => (id.clone(), 1..9u32).prop_map(|(id, ttl)| Step::Renew(id, ttl)),
        1 => id.clone().prop_map(Step::BackOff),
        1 => id.clone().prop_map(Step::Invalidate),
        2 => (0..4u32, proptest::option::of(1..5u32)).prop_map(|(id, again)| Step::Bump(id, again)),
        1 => Just(Step::Clear),
        3 => (0..4u32).prop_map(Step::Advance),
    ];
    proptest::collection::vec(step, 1..120)
}

fn take(subject: &Subject, step: &Step) {
    let store = &subject.store;
    match *step {
        Step::Fill(id, ttl) => drop(subject.fill(&key(id), &[tag(id % 4)], SECOND * ttl)),
        Step::Write(id, end) => {
            let (key, token) = (key(id), Token::new());
            store.begin(&key, token, SECOND * 2);
            match end {
                0 => store.cancel(&key, token),
                1 => store.abandon(&key, token, Some(SECOND)),
                2 => drop(store.commit(&key, token, Some(subject.value(&[], SECOND * 3)))),
                3 => drop(store.commit(&key, token, None)),
                _ => {}
            }
        }
        Step::Windowed(id, ttl) => {
            let (key, token) = (key(id), Token::new());
            let mut value = subject.value(&[tag(id % 4)], SECOND * ttl);
            (value.life.on_error, value.life.over) = (SECOND * (ttl + 2), SECOND * (ttl + 3));
            store.acquire(&key, token, SECOND, None);
            store.fill(&key, token, value);
        }
        Step::MarkStale(id) => store.mark_stale(&key(id)),
        Step::Renew(id, ttl) => {
            store.renew(&key(id), (SECOND, SECOND * ttl), |_| subject.store.clock().now() + 6_000);
        }
        Step::BackOff(id) => {
            let (key, token) = (key(id), Token::new());
            store.acquire(&key, token, SECOND, None);
            store.back_off(&key, token, SECOND * 2);
        }
        Step::Invalidate(id) => store.invalidate(&key(id)),
        Step::Bump(id, again) => store.bump(&tag(id), again.map(|again| SECOND * again)),
        Step::Clear => store.clear(),
        Step::Advance(seconds) => subject.advance(seconds),
    }
}

proptest! {
    #[test]
    fn after_every_move_of_the_clock_just_what_is_alive_is_there(steps in steps(), entries in 1..40u64) {
        let subject = Subject::new(Limits { entries, bytes: Some(64 << 20) });
        for step in &steps {
            take(&subject, step);
            let Counted { live, dead, .. } = subject.store.count();
            prop_assert_eq!(subject.alive.now() as u64, live + dead, "{:?}", step);
            prop_assert_eq!(subject.store.len() as u64, live + dead);
            if let Step::Advance(_) = step {
                prop_assert_eq!(dead, 0);
            }
        }
        // A version that comes again, and what a lease may still be good for, are the longest.
        subject.advance(700);
        prop_assert_eq!((subject.alive.now(), subject.kept()), (0, [0; 4]));
    }
}
