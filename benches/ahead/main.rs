//! When a hit is to refresh a value that is still fresh: at a share of the ttl, or by chance (`XFetch`)?
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin ahead` simulates it; the same numbers come out each time.
//! Of each policy there are two figures: the percentage of requests that wait for a load although the key had been asked
//! for within the ttl before, and the loads in relation to those without a refresh, its price.

mod fleet;
mod random;

use crate::fleet::{Cost, Key, Policy, Sums};
use crate::random::Random;

const SEEDS: u32 = 5;

const POLICIES: [Policy; 8] = [
    Policy::None,
    Policy::Share(0.5),
    SHARE,
    Policy::Share(0.9),
    Policy::Share(0.95),
    Policy::XFetch(0.5),
    XFETCH,
    Policy::XFetch(2.0),
];
const SHARE: Policy = Policy::Share(0.8);
const XFETCH: Policy = Policy::XFetch(1.0);

const RATES: [Option<f64>; 6] =
    [Some(1.0 / 3.0), Some(3.0), Some(10.0), Some(100.0), Some(1_000.0), None];
const COSTS: [Option<f64>; 5] = [Some(0.000_1), Some(0.001), Some(0.01), Some(0.1), None];

/// A line of the table: which keys there are.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Requests per ttl of each key; or a Zipf mix, in which the n-th key is asked for an n-th as often as the first.
    rate: Option<f64>,
    /// The mean cost of a load in ttls; or any from 0.0001 to 0.1, each order of magnitude as likely.
    cost: Option<f64>,
    heavy: bool,
}

/// Medians over the seeds.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// The share of requests that wait.
    waiting: f64,
    /// The time waited per request, in ttls.
    waited: f64,
    /// The price.
    loads: f64,
}

impl Row {
    fn sums(self, seed: u32, policy: Policy) -> Sums {
        let (keys, ttls) =
            self.rate.map_or((3_000, 50.0), |rate| (20, (20_000.0 / rate).max(100.0)));
        let mut sums = Sums::default();
        for key in 1..=keys {
            let rate = self.rate.unwrap_or(1_000.0 / f64::from(key));
            let any = 10_f64.powf(-1.0 - 3.0 * Random::new(seed, key, 3).uniform());
            let cost = Cost { mean: self.cost.unwrap_or(any), heavy: self.heavy };
            Key { name: (seed, key), rate, cost }.run(ttls, policy, &mut sums);
        }
        sums
    }

    fn figures(self, policy: Policy) -> Figures {
        let runs: Vec<_> = (0..SEEDS).map(|seed| self.sums(seed, policy)).collect();
        let median = |figure: fn(&Sums) -> f64| {
            let mut figures: Vec<_> = runs.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Figures {
            waiting: median(|sums| f64::from(sums.waiting) / f64::from(sums.requests)),
            waited: median(|sums| sums.waited / f64::from(sums.requests)),
            loads: median(|sums| sums.loads.into()),
        }
    }

    fn name(self) -> String {
        let rate = match self.rate {
            Some(rate) if rate < 1.0 => format!("1 in {:.0} ttl", 1.0 / rate),
            Some(rate) => format!("{rate:.0} per ttl"),
            None => "Zipf mix".into(),
        };
        let cost = self.cost.map_or("any".into(), |cost| format!("ttl/{:.0}", 1.0 / cost));
        format!("{rate:<13}{cost:<10}{:<9}", if self.heavy { "heavy" } else { "constant" })
    }
}

/// One policy beats another if in the Zipf mix of any costs it is no worse, which means that no more requests wait with no
/// more loads, and in no row is much worse: a tenth more loads, or a tenth more that wait and one in a thousand of all.
impl Figures {
    fn is_no_worse(self, than: Self) -> bool {
        self.waiting <= than.waiting && self.loads <= than.loads
    }

    fn is_much_worse(self, than: Self) -> bool {
        self.loads > 1.1 * than.loads
            || self.waiting > (1.1 * than.waiting).max(than.waiting + 0.001)
    }
}

fn main() {
    let rows = table();
    let mixes = [false, true].map(|heavy| Row { rate: None, cost: None, heavy });
    println!("\nZipf mix, loads take any time; the time waited per request in ttl/1,000");
    for mix in mixes {
        at_the_same_price(mix);
    }
    let in_mix = mixes.iter().all(|mix| mix.figures(XFETCH).is_no_worse(mix.figures(SHARE)));
    let no_worse = rows.iter().filter(|[chance, share]| chance.is_no_worse(*share)).count();
    let worse = rows.iter().filter(|[chance, share]| chance.is_much_worse(*share)).count();
    println!(
        "\nverdict: XFetch with β = 1 {} a share of 0.8: in the mix it is {}; of {} rows it is much worse in {worse}, and \
         no worse in {no_worse}",
        if in_mix && worse == 0 { "beats" } else { "does not beat" },
        if in_mix { "no worse" } else { "worse" },
        rows.len(),
    );
}

/// Prints the table; returns what `XFetch` and the share have in each row.
fn table() -> Vec<[Figures; 2]> {
    println!("% of requests that wait, and loads in relation to none; medians of {SEEDS} seeds");
    let names = ["none", "0.5", "0.8", "0.9", "0.95", "β 0.5", "β 1", "β 2"];
    let names = names.map(|name| format!("{name:>13}"));
    println!("{:<32}{}", "requests     load takes", names.concat());
    let mut rows = Vec::new();
    for rate in RATES {
        for (cost, heavy) in COSTS.into_iter().flat_map(|cost| [(cost, false), (cost, true)]) {
            let row = Row { rate, cost, heavy };
            let figures = POLICIES.map(|policy| row.figures(policy));
            let cells = figures.map(|Figures { waiting, loads, .. }| {
                format!("{:>8.3}{:>5.2}", 100.0 * waiting, loads / figures[0].loads)
            });
            println!("{}{}", row.name(), cells.concat());
            let [_, _, share, .., chance, _] = figures;
            rows.push([chance, share]);
        }
    }
    rows
}

/// Prints what each of the two has with as many loads as the other: is 1 the wrong β, or 0.8 the wrong share?
fn at_the_same_price(row: Row) {
    let [none, share, chance] = [Policy::None, SHARE, XFETCH].map(|policy| row.figures(policy));
    let beta = dearest(20.0, |beta| row.figures(Policy::XFetch(beta)).loads <= share.loads);
    let rest = dearest(0.5, |rest| row.figures(Policy::Share(1.0 - rest)).loads <= chance.loads);
    for policy in [SHARE, Policy::XFetch(beta), XFETCH, Policy::Share(1.0 - rest), Policy::None] {
        let Figures { waiting, waited, loads } = row.figures(policy);
        println!(
            "{:<10}{:<16}{:>7.3} % wait {:>7.3} waited {:>7.3} x loads",
            if row.heavy { "heavy" } else { "constant" },
            format!("{policy:.3?}"),
            100.0 * waiting,
            1_000.0 * waited,
            loads / none.loads,
        );
    }
}

/// The largest number up to `most` that is cheap enough, where more costs more.
fn dearest(most: f64, is_cheap: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..16 {
        let middle = f64::midpoint(low, high);
        if is_cheap(middle) { low = middle } else { high = middle }
    }
    low
}
