//! Clients of several services on one database: they read and write all the time, and see to it that nobody is answered
//! with what was there before an acknowledged write.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::support::http::Client;
use crate::support::random::Random;

const TASKS: u64 = 4;
/// Each is written by one task, so that of two names the newer is known.
const USERS: u64 = 16;
/// One in so many requests is a write.
const WRITES: u64 = 25;

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) service: usize,
    pub(super) start: Instant,
    pub(super) took: Duration,
}

pub(super) struct Load {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

struct Shared {
    /// The last one writes nothing.
    services: Vec<Client>,
    /// The newest name that a service has acknowledged, by service and user.
    acknowledged: Vec<Vec<AtomicU64>>,
    samples: Mutex<Vec<Sample>>,
    over: AtomicBool,
}

impl Load {
    pub(super) fn start(services: &[Client]) -> Self {
        let of_service = || (0..=USERS).map(|_| AtomicU64::new(0)).collect();
        let shared = Arc::new(Shared {
            services: services.to_vec(),
            acknowledged: services.iter().map(|_| of_service()).collect(),
            samples: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let tasks = (0..TASKS).map(|task| Arc::clone(&shared).run(task)).collect();
        Self { shared, tasks }
    }

    /// The reads that went on at some time between these two.
    pub(super) fn between(&self, from: Instant, to: Instant) -> Vec<Sample> {
        let samples = self.shared.samples.lock().unwrap();
        let inside = |sample: &&Sample| sample.start + sample.took >= from && sample.start < to;
        samples.iter().filter(inside).copied().collect()
    }

    /// Ends it. Panics if a request failed or an answer was of before a write.
    pub(super) async fn stop(self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}

impl Shared {
    async fn run(self: Arc<Self>, task: u64) {
        let (mut random, mut name, mut first) = (Random::new(task), 0, 0);
        while !self.over.load(Ordering::Relaxed) {
            // All services in turn, so that what slows the machine down slows them down alike.
            first += 1;
            for at in 0..self.services.len() {
                let service = (first + at) % self.services.len();
                let sample = self.read(service, random.below(USERS) + 1).await;
                self.samples.lock().unwrap().push(sample);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if random.below(WRITES / 3) == 0 {
                name += 1;
                let service = usize::from(random.below(2) == 1);
                let user = random.below(USERS / TASKS) * TASKS + task + 1;
                self.write(service, user, name).await;
                self.read(service, user).await;
            }
        }
    }

    async fn read(&self, service: usize, user: u64) -> Sample {
        let before = self.acknowledged[service][index(user)].load(Ordering::SeqCst);
        let start = Instant::now();
        let reply = self.services[service].get(&format!("/users/{user}")).await;
        let took = start.elapsed();
        assert_eq!(reply.status, 200, "user {user} of service {service}: {reply:?}");
        let json = reply.json();
        let name = json["name"].as_str().and_then(|name| name.strip_prefix("name "));
        let name = name.map_or(0, |name| name.parse().expect("a number"));
        assert!(
            name >= before,
            "service {service} gives name {name} of user {user}, after it acknowledged {before}: {reply:?}"
        );
        Sample { service, start, took }
    }

    async fn write(&self, service: usize, user: u64, name: u64) {
        let body = format!(r#"{{"name":"name {name}"}}"#);
        let reply = self.services[service].send("PATCH", &format!("/users/{user}"), &body).await;
        assert_eq!(reply.status, 200, "user {user} of service {service}: {reply:?}");
        self.acknowledged[service][index(user)].store(name, Ordering::SeqCst);
    }
}

fn index(user: u64) -> usize {
    usize::try_from(user).expect("a few users")
}

/// The time that half of the samples of these services stayed below.
pub(super) fn median(samples: &[Sample], services: &[usize]) -> Duration {
    let mut times: Vec<_> = samples
        .iter()
        .filter(|sample| services.contains(&sample.service))
        .map(|sample| sample.took)
        .collect();
    times.sort_unstable();
    *times.get(times.len() / 2).expect("there are samples")
}

/// The longest that one of these services took.
pub(super) fn slowest(samples: &[Sample], services: &[usize]) -> Duration {
    let of_them = samples.iter().filter(|sample| services.contains(&sample.service));
    of_them.map(|sample| sample.took).max().expect("there are samples")
}
