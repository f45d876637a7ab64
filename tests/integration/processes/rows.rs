//! The rows of a source, what is known of their versions, and what was read of them.

use std::collections::VecDeque;
use std::time::Instant;

use super::kinds::{Kind, is_strict};

/// How long a copy in a process may be older than what was acknowledged, in microseconds: a connection that is silent
/// is given up after a heartbeat and its timeout, and this machine has other things to do.
pub(super) const LAG: u64 = 2_000_000;

/// How much of a row's past is kept, to be printed.
const LOG: usize = 80;

#[derive(Debug)]
pub(super) struct Rows {
    start: Instant,
    all: Vec<Row>,
    next_version: u64,
    pub(super) verdict: Verdict,
}

#[derive(Debug)]
struct Row {
    version: u64,
    loads: u64,
    /// When which version was acknowledged. Both rise.
    acknowledged: Vec<(u64, u64)>,
    log: VecDeque<(u64, String)>,
}

/// What the reads came to.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) reads: u64,
    pub(super) writes: u64,
    /// Writes whose guards ended.
    pub(super) bounded: u64,
    /// Reads of entries without copies that returned what an acknowledged write had replaced.
    pub(super) stale: u64,
    /// Reads through copies that did so too long after.
    pub(super) late: u64,
    /// The longest time after an acknowledged write that a copy was read.
    pub(super) largest_lag: u64,
    /// What happened before the first of them.
    pub(super) example: Option<String>,
}

impl Rows {
    pub(super) fn new(count: u64) -> Self {
        let row = |row| Row {
            version: first_version(row),
            loads: 0,
            acknowledged: Vec::new(),
            log: VecDeque::new(),
        };
        let all: Vec<_> = (0..count).map(row).collect();
        let verdict = Verdict::default();
        Self { start: Instant::now(), all, next_version: first_version(count), verdict }
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).expect("a short time")
    }

    pub(super) fn loads(&self) -> Vec<u64> {
        self.all.iter().map(|row| row.loads).collect()
    }

    pub(super) fn load(&mut self, id: u64, process: u64) -> u64 {
        let row = self.row(id);
        row.loads += 1;
        let version = row.version;
        self.log(id, || format!("process {process} loads {version}"));
        version
    }

    /// Gives rows a new version, unless it is too late for that.
    pub(super) fn write(&mut self, ids: [u64; 2], by: u64, process: u64) -> Option<u64> {
        if self.now() >= by {
            return None;
        }
        self.next_version += 1;
        let version = self.next_version;
        self.verdict.writes += 1;
        for id in ids {
            self.row(id).version = version;
            self.log(id, || format!("process {process} writes {version}"));
        }
        Some(version)
    }

    /// From now on nobody may read what the version has replaced.
    pub(super) fn acknowledge(&mut self, ids: [u64; 2], version: u64, why: &str) {
        let now = self.now();
        for id in ids {
            let known = &mut self.row(id).acknowledged;
            if known.last().is_none_or(|(_, newest)| *newest < version) {
                known.push((now, version));
                self.log(id, || format!("{version} is acknowledged: {why}"));
            }
        }
    }

    /// Judges what a read that began at `since` has returned.
    pub(super) fn seen(&mut self, id: u64, version: u64, since: u64, process: u64) {
        self.verdict.reads += 1;
        let known = &self.row(id).acknowledged;
        let newer = known.partition_point(|(_, known)| *known <= version);
        let Some((at, newer)) = known.get(newer).copied().filter(|(at, _)| *at < since) else {
            return;
        };
        let lag = since - at;
        let verdict = &mut self.verdict;
        let strict = is_strict(id);
        if strict {
            verdict.stale += 1;
        } else {
            verdict.largest_lag = verdict.largest_lag.max(lag);
            verdict.late += u64::from(lag > LAG);
        }
        if (strict || lag > LAG) && verdict.example.is_none() {
            let kind = Kind::of(id);
            let row = &self.all[index(id)];
            let past = row.log.iter().map(|(at, what)| format!("  {at:>9} {what}\n"));
            self.verdict.example = Some(format!(
                "process {process} reads {version} of row {id} ({kind:?}) from {since}, {lag} us after {newer} was \
                 acknowledged:\n{}",
                past.collect::<String>()
            ));
        }
    }

    /// Notes what happens to all rows.
    pub(super) fn log_all(&mut self, what: &str) {
        for id in 0..self.all.len() {
            self.log(id as u64, || what.to_owned());
        }
    }

    fn log(&mut self, id: u64, what: impl FnOnce() -> String) {
        let now = self.now();
        let log = &mut self.row(id).log;
        if log.len() == LOG {
            log.pop_front();
        }
        log.push_back((now, what()));
    }

    fn row(&mut self, id: u64) -> &mut Row {
        &mut self.all[index(id)]
    }
}

/// The version that a row has before any write. No two rows have the same.
pub(super) fn first_version(row: u64) -> u64 {
    row + 1000
}

fn index(id: u64) -> usize {
    usize::try_from(id).expect("few rows")
}
