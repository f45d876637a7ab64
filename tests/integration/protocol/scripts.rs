//! The texts of the scripts, and how one is run.

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!(
            "../../../cache-runtime/src/store/redis/scripts/", $name, ".lua"
        )))),*]
    };
}

/// Every script with its text.
const TEXTS: [(&str, &str); 12] = texts![
    "acquire",
    "fill",
    "release",
    "extend",
    "begin",
    "commit",
    "abandon",
    "cancel",
    "invalidate",
    "mark_stale",
    "announce",
    "bump",
];

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
        Self { texts: TEXTS.map(|(name, text)| (name, text.to_owned())).to_vec() }
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        TEXTS.into_iter().map(|(name, _)| name)
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
