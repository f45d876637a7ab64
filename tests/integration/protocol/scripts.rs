//! The texts of the scripts, and how one is run.

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

/// The text of a file of theirs.
macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../../../cache-runtime/src/store/redis/scripts/", $name, ".lua"))
    };
}

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        [$(($name, text!($name))),*]
    };
}

/// What the scripts of an entry begin with.
const RECORD: &str = text!("record");

/// The scripts of an entry, each with its text.
const OF_ENTRIES: [(&str, &str); 12] = texts![
    "acquire",
    "fill",
    "release",
    "back_off",
    "renew",
    "extend",
    "begin",
    "commit",
    "abandon",
    "cancel",
    "invalidate",
    "mark_stale",
];

/// The other scripts, which look at no record.
const ALONE: [(&str, &str); 2] = texts!["announce", "bump"];

/// The text as it is sent: the flags, what all begin with, the script itself.
fn joined(script: &str) -> String {
    let flags =
        if script.starts_with("#!") { script.find('\n').map_or(0, |end| end + 1) } else { 0 };
    let (flags, script) = script.split_at(flags);
    [flags, RECORD, script].concat()
}

/// The scripts, one of which may have been tampered with.
#[derive(Clone, Debug)]
pub(super) struct Scripts {
    texts: Vec<(&'static str, String)>,
}

/// A script and what it is told. The key comes first when it runs.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) script: &'static str,
    pub(super) args: Vec<Vec<u8>>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let of_entries = OF_ENTRIES.map(|(name, text)| (name, joined(text)));
        let alone = ALONE.map(|(name, text)| (name, text.to_owned()));
        Self { texts: of_entries.into_iter().chain(alone).collect() }
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        OF_ENTRIES.into_iter().chain(ALONE).map(|(name, _)| name)
    }

    /// The scripts with another text in one of them; `None` unless the text to be replaced is there once.
    pub(super) fn tampered(mut self, name: &str, from: &str, to: &str) -> Option<Self> {
        let (_, text) = self.texts.iter_mut().find(|(script, _)| *script == name)?;
        if text.matches(from).count() != 1 {
            return None;
        }
        *text = text.replacen(from, to, 1);
        Some(self)
    }

    fn text(&self, name: &str) -> &str {
        let found = self.texts.iter().find(|(script, _)| *script == name);
        &found.unwrap_or_else(|| panic!("no script `{name}`")).1
    }

    pub(super) async fn run(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        call: &Call,
    ) -> RedisResult<Value> {
        let mut eval = redis::cmd("EVAL");
        eval.arg(self.text(call.script)).arg(1).arg(key);
        for arg in &call.args {
            eval.arg(arg.as_slice());
        }
        eval.query_async(connection).await
    }
}
