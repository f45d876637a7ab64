//! Times and processor times, in turns: whatever else the machine does then hits all subjects.

use std::sync::Arc;
use std::time::{Duration, Instant};

use server::{Failed, Server};
use tokio::task::JoinSet;

use crate::subjects::{Clients, SUBJECTS, Subject};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    rounds: usize,
    /// In one round, of each subject.
    calls: usize,
}

impl Plan {
    pub const LONG: Self = Self { rounds: 40, calls: 1_024 };
    pub const SHORT: Self = Self { rounds: 20, calls: 512 };
}

/// Who waits for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    OneByOne,
    AtOnce,
}

/// How many calls are under way in [`Mode::AtOnce`], and how many more of them are measured: each costs less, and the
/// processor time is told in hundredths of a second.
const AT_ONCE: usize = 64;
const MORE: usize = 8;

/// What the others are held against.
pub const BASE: Subject = Subject::BareElsewhere;

/// Of one call, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub subject: Subject,
    pub median: f64,
    /// Only one of a hundred takes longer.
    pub slow: f64,
    /// To the base.
    pub ratio: f64,
    /// Of this process: the median of the rounds.
    pub cpu: f64,
    pub cpu_ratio: f64,
    pub server_cpu: f64,
}

#[derive(Default)]
struct Measured {
    times: Vec<f64>,
    medians: Vec<f64>,
    cpu: Vec<f64>,
    server: Duration,
}

pub async fn costs(
    clients: &Arc<Clients>,
    server: &Server,
    mode: Mode,
    Plan { rounds, calls }: Plan,
) -> Result<Vec<Cost>, Failed> {
    let calls = if mode == Mode::AtOnce { calls * MORE } else { calls };
    let mut measured: Vec<_> = SUBJECTS.iter().map(|_| Measured::default()).collect();
    let count = f64::from(u32::try_from(calls)?);
    // The first round is not counted: whatever is made on the first call is made then.
    for round in 0..=rounds {
        for (subject, measured) in SUBJECTS.into_iter().zip(&mut measured) {
            let before = (own_processor_time()?, processor_time(server.process())?);
            let mut times = match mode {
                Mode::OneByOne => one_by_one(clients, subject, 0, calls).await,
                Mode::AtOnce => at_once(clients, subject, calls).await?,
            };
            let after = (own_processor_time()?, processor_time(server.process())?);
            if round > 0 {
                measured.cpu.push(micros(after.0.saturating_sub(before.0)) / count);
                measured.server += after.1.saturating_sub(before.1);
                measured.medians.push(quantile(&mut times, 0.5));
                measured.times.extend(times);
            }
        }
    }
    let base = SUBJECTS.iter().position(|subject| *subject == BASE);
    let base = base.ok_or("the base is not measured")?;
    let (times, cpu) = (measured[base].medians.clone(), measured[base].cpu.clone());
    let calls = u32::try_from(rounds * calls)?;
    let costs = SUBJECTS.into_iter().zip(measured).map(|(subject, mut measured)| Cost {
        subject,
        median: quantile(&mut measured.times, 0.5),
        slow: quantile(&mut measured.times, 0.99),
        ratio: ratio(&measured.medians, &times),
        cpu_ratio: ratio(&measured.cpu, &cpu),
        cpu: quantile(&mut measured.cpu, 0.5),
        server_cpu: micros(measured.server / calls),
    });
    Ok(costs.collect())
}

/// The median of the rounds' ratios: what is measured in one round has met the same other work.
fn ratio(own: &[f64], base: &[f64]) -> f64 {
    let mut ratios: Vec<_> = own.iter().zip(base).map(|(own, base)| own / base).collect();
    quantile(&mut ratios, 0.5)
}

async fn one_by_one(clients: &Clients, subject: Subject, from: usize, calls: usize) -> Vec<f64> {
    let mut times = Vec::with_capacity(calls);
    for entry in clients.entries(from).take(calls) {
        let start = Instant::now();
        clients.call(subject, entry).await;
        times.push(micros(start.elapsed()));
    }
    times
}

async fn at_once(
    clients: &Arc<Clients>,
    subject: Subject,
    calls: usize,
) -> Result<Vec<f64>, Failed> {
    let mut tasks = JoinSet::new();
    for from in 0..AT_ONCE {
        let clients = Arc::clone(clients);
        tasks.spawn(async move { one_by_one(&clients, subject, from, calls / AT_ONCE).await });
    }
    let mut times = Vec::with_capacity(calls);
    while let Some(of_one) = tasks.join_next().await {
        times.extend(of_one?);
    }
    Ok(times)
}

/// Lets what nobody waits for come to its end.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

fn quantile(values: &mut [f64], at: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "there are not so many"
    )]
    let at = (values.len() as f64 * at) as usize;
    let at = at.min(values.len() - 1);
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub fn per_call(count: u64, calls: u64) -> f64 {
    Duration::from_micros(count).div_duration_f64(Duration::from_micros(calls))
}

/// The processor time of this process and all its threads.
fn own_processor_time() -> Result<Duration, Failed> {
    Ok(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).try_into()?)
}

/// That of another process, to a hundredth of a second.
fn processor_time(process: u32) -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything.
    let fields = stat.rsplit_once(')').ok_or("no name in the stat of a process")?.1;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || -> Result<u64, Failed> { Ok(fields.next().ok_or("no times")?.parse()?) };
    // In and out of the kernel; Linux tells user programs of a hundred ticks a second, whatever its own clock does.
    Ok(Duration::from_millis(10 * (ticks()? + ticks()?)))
}
