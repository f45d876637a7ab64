//! One key in a fleet of processes, in virtual time, whose unit is the ttl.
//!
//! The processes share a tier and its lease, so that one of them loads at a time, whoever was asked: together they are
//! one stream of requests, and how many they are makes no difference. A value is as old as the grant of its lease.

use crate::random::Random;

/// When a hit starts a refresh.
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// Never.
    None,
    /// From this share of the ttl.
    Share(f64),
    /// `XFetch` ("Optimal Probabilistic Cache Stampede Prevention", 2015), by its β: from age ≥ ttl − cost × β × −ln u,
    /// with the cost of the load that made the value.
    XFetch(f64),
}

impl Policy {
    fn is_due(self, age: f64, cost: f64, chance: &mut Random) -> bool {
        match self {
            Self::None => false,
            Self::Share(share) => age >= share,
            Self::XFetch(beta) => age >= 1.0 - cost * beta * chance.exponential(),
        }
    }
}

/// How long loads take.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The mean.
    pub mean: f64,
    /// Pareto with α = 1.5, up to one ttl, instead of all the same: most take a third of the mean, some many times it.
    pub heavy: bool,
}

impl Cost {
    fn draw(self, chance: &mut Random) -> f64 {
        if self.heavy {
            (self.mean / 3.0 * chance.uniform().powf(-1.0 / 1.5)).min(1.0)
        } else {
            self.mean
        }
    }
}

/// A key that is asked for at random times.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The seed of the run, and the number of the key in it.
    pub name: (u32, u32),
    /// Requests per ttl.
    pub rate: f64,
    /// How long its loads take.
    pub cost: Cost,
}

/// What became of the requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// All requests.
    pub requests: u32,
    /// Those that waited for a load although the key had been asked for within the ttl before it. What nobody had asked
    /// for no policy can refresh.
    pub waiting: u32,
    /// How long they waited together, in ttls.
    pub waited: f64,
    /// All loads.
    pub loads: u32,
}

/// A load, and the value that it makes.
#[derive(Clone, Copy, Debug)]
struct Load {
    granted: f64,
    cost: f64,
    avoidable: bool,
}

impl Load {
    fn end(&self) -> f64 {
        self.granted + self.cost
    }
}

impl Key {
    /// Adds what becomes of the requests within so many ttls.
    pub fn run(self, ttls: f64, policy: Policy, sums: &mut Sums) {
        // Apart, so that all policies see the same requests, and the same costs in the same order.
        let [mut arrivals, mut costs, mut draws] =
            [0, 1, 2].map(|purpose| Random::new(self.name.0, self.name.1, purpose));
        let (mut stored, mut loading) = (None::<Load>, None::<Load>);
        let (mut now, mut asked) = (arrivals.exponential() / self.rate, f64::NEG_INFINITY);
        while now < ttls {
            sums.requests += 1;
            stored = loading.take_if(|load| load.end() <= now).or(stored);
            let mut load = |avoidable| {
                sums.loads += 1;
                Load { granted: now, cost: self.cost.draw(&mut costs), avoidable }
            };
            if let Some(value) = stored.filter(|value| now - value.granted < 1.0) {
                if loading.is_none() && policy.is_due(now - value.granted, value.cost, &mut draws) {
                    loading = Some(load(true));
                }
            } else {
                let load = loading.get_or_insert_with(|| load(now - asked < 1.0));
                if load.avoidable {
                    sums.waiting += 1;
                    sums.waited += load.end() - now;
                }
            }
            asked = now;
            now += arrivals.exponential() / self.rate;
        }
    }
}
