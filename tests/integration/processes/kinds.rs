//! The cached functions of the race: one kind of row for each way to cache.

use cache_runtime::{Ambient, Cache, Entry, RemoteState, cached, entry, invalidates};

use super::wire::{Request, Source};
use crate::support::random::Random;

/// How the rows of a kind are cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With copies in each process.
    Copied,
    /// Without.
    Strict,
    /// Without, and not written without a guard.
    Required,
    /// With copies, loaded by one process at a time, and for a short time only.
    Locked,
    /// With copies, and written through.
    Saved,
    /// Without copies, and written through.
    SavedStrict,
    /// Without copies, and stored by hand.
    Put,
    /// Without copies, and invalidated as a group.
    Grouped,
    /// In each process by itself.
    Own,
}

const KINDS: [Kind; 9] = [
    Kind::Copied,
    Kind::Strict,
    Kind::Required,
    Kind::Locked,
    Kind::Saved,
    Kind::SavedStrict,
    Kind::Put,
    Kind::Grouped,
    Kind::Own,
];

/// How many rows there are.
pub(super) const ROWS: u64 = 4 * KINDS.len() as u64;

/// A row, and whether to write it. One row of each kind is written often, so that writes and loads overlap; the others
/// seldom, so that copies of them grow old.
pub(super) fn any_row(random: &mut Random) -> (u64, bool) {
    let often = KINDS.len() as u64;
    let rows = if random.below(3) == 0 { often } else { ROWS };
    let row = random.below(rows);
    let writes = if row < often { 5 } else { 30 };
    (row, random.below(writes) == 0)
}

/// What a guard of these functions takes to end, in microseconds.
pub(super) const GUARD: u64 = 1_000_000;

impl Kind {
    pub(super) fn of(row: u64) -> Self {
        KINDS[usize::try_from(row).expect("few rows") % KINDS.len()]
    }

    /// Whether the guard of its functions bounds for how long a writer that died leaves the old value.
    pub(super) fn is_bounded(self) -> bool {
        !matches!(self, Self::Required | Self::Put | Self::Grouped | Self::Own)
    }
}

/// Whether an old value may not even be read for a moment.
pub(super) fn is_strict(row: u64) -> bool {
    use Kind::{Grouped, Put, Required, SavedStrict, Strict};
    matches!(Kind::of(row), Strict | Required | SavedStrict | Put | Grouped)
}

/// A write on its way to the source.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) rows: [u64; 2],
    /// It has no effect after this.
    pub(super) by: u64,
    /// An error is returned after it has taken effect.
    pub(super) fails: bool,
    /// The cache whose guards bound it, and how often its server had failed it before they were placed.
    pub(super) guards: Option<(Cache, [u64; 2])>,
}

impl Ambient for Statement {}

/// Why a write returned no version.
#[derive(Debug)]
pub(super) enum Failed {
    /// It was not begun, or the cache was not told.
    Cache,
    TooLate,
    /// It was asked to, after the rows were given this version.
    After(u64),
}

impl From<cache_runtime::Error> for Failed {
    fn from(_: cache_runtime::Error) -> Self {
        Self::Cache
    }
}

/// How often the server has failed a cache. If that has not changed, everything that was sent has arrived.
pub(super) fn failures(cache: &Cache) -> [u64; 2] {
    let health = cache.health().remote.expect("there is a server");
    [health.losses + u64::from(health.state == RemoteState::Away), health.timeouts]
}

impl Statement {
    pub(super) async fn run(self, source: &Source) -> Result<u64, Failed> {
        let Self { rows, by, fails, guards } = self;
        let guarded = guards.is_some_and(|(cache, before)| failures(&cache) == before);
        match source.ask(Request::Write { rows, by, guarded }).await {
            0 => Err(Failed::TooLate),
            version if fails => Err(Failed::After(version)),
            version => Ok(version),
        }
    }
}

/// The functions of a kind.
macro_rules! kind {
    ($kind:ident($row:ident): $key:literal, [$($read:tt)*], [$($write:tt)*]) => {
        pub(super) mod $kind {
            use super::*;

            #[cached(key = $key, tags = ["fleet", "fleet:<row>"], $($read)*)]
            pub(in super::super) async fn read(source: &Source, $row: u64) -> u64 {
                source.ask(Request::Load { row: $row }).await
            }

            #[invalidates($($write)*)]
            pub(in super::super) async fn change(
                source: &Source,
                $row: u64,
                statement: Statement,
            ) -> Result<u64, Failed> {
                debug_assert_eq!($row, statement.rows[0]);
                statement.run(source).await
            }

            /// For a transaction that writes the row itself.
            #[invalidates($($write)*)]
            pub(in super::super) async fn touch($row: u64) -> Result<(), Failed> {
                let _ = $row;
                Ok(())
            }

            pub(in super::super) fn entry($row: u64) -> Entry<u64> {
                entry!(read($row))
            }
        }
    };
}

kind!(copied(row): "fleet-copied:<row>", [ttl = "1h"], [read(row), guard = "1s"]);
kind!(strict(row): "fleet-strict:<row>", [ttl = "1h", tier = "remote"], [read(row), guard = "1s"]);
kind!(required(row): "fleet-required:<row>", [ttl = "1h", tier = "remote"], [read(row), guard = "required"]);
kind!(locked(row): "fleet-short:<row>", [ttl = "400ms", strategy = "lock"], [read(row), guard = "1s"]);
kind!(saved(row): "fleet-saved:<row>", [ttl = "1h"], [read(row), guard = "1s"]);
kind!(saved_strict(row): "fleet-kept:<row>", [ttl = "1h", tier = "remote"], [read(row), guard = "1s"]);
kind!(put(row): "fleet-put:<row>", [ttl = "1h", tier = "remote"], [read(row), guard = "1s"]);
kind!(grouped(row): "fleet-grouped:<row>", [ttl = "1h", tier = "remote", group()], [read(_)]);
kind!(own(row): "fleet-own:<row>", [ttl = "1h", tier = "local"], [read(row), guard = "1s"]);

#[cached(strategy = "write_through", writes = saved::read(row), value = return, guard = "1s")]
pub(super) async fn save(source: &Source, row: u64, statement: Statement) -> Result<u64, Failed> {
    debug_assert_eq!(row, statement.rows[0]);
    statement.run(source).await
}

#[cached(strategy = "write_through", writes = saved_strict::read(row), value = return, guard = "1s")]
pub(super) async fn save_strict(
    source: &Source,
    row: u64,
    statement: Statement,
) -> Result<u64, Failed> {
    debug_assert_eq!(row, statement.rows[0]);
    statement.run(source).await
}

#[invalidates(tags = ["fleet:<row>"])]
pub(super) async fn change_by_tag(
    source: &Source,
    row: u64,
    statement: Statement,
) -> Result<u64, Failed> {
    debug_assert_eq!(row, statement.rows[0]);
    statement.run(source).await
}

/// Calls the functions of a row's kind: `of_kind!(row, kind => kind::read(source, row).await)`.
macro_rules! of_kind {
    ($row:expr, $kind:ident => $call:expr) => {{
        use $crate::processes::kinds;
        match kinds::Kind::of($row) {
            kinds::Kind::Copied => {
                use kinds::copied as $kind;
                $call
            }
            kinds::Kind::Strict => {
                use kinds::strict as $kind;
                $call
            }
            kinds::Kind::Required => {
                use kinds::required as $kind;
                $call
            }
            kinds::Kind::Locked => {
                use kinds::locked as $kind;
                $call
            }
            kinds::Kind::Saved => {
                use kinds::saved as $kind;
                $call
            }
            kinds::Kind::SavedStrict => {
                use kinds::saved_strict as $kind;
                $call
            }
            kinds::Kind::Put => {
                use kinds::put as $kind;
                $call
            }
            kinds::Kind::Grouped => {
                use kinds::grouped as $kind;
                $call
            }
            kinds::Kind::Own => {
                use kinds::own as $kind;
                $call
            }
        }
    }};
}

pub(super) use of_kind;
