//! The versions of the store and of its tags.
//!
//! A version is eight random bytes. One that is missing is made when a load asks for it, so a bump removes it, which
//! works on a full server, too. Something else under its name is another program's: it stays, and as long as it does
//! nothing is cached with that tag.

use std::time::Duration;

use futures_util::future::join_all;
use redis::{Cmd, Value};

use super::failure::Failure;
use super::replies;
use super::topology::Topology;
use super::wire::Wire;
use crate::clock::millis;
use crate::key::Tag;
use crate::store::{Namespace, Versions};
use crate::token::Token;

/// How long a tag lives at first. The entries that carry it make that longer.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The names of the epoch and of the tags.
pub(super) fn names(namespace: &Namespace, tags: &[Tag]) -> Vec<Vec<u8>> {
    let mut names = Vec::with_capacity(tags.len() + 1);
    add_names(&mut names, namespace, tags);
    names
}

/// Adds the names of the epoch and of the tags.
pub(super) fn add_names(names: &mut Vec<Vec<u8>>, namespace: &Namespace, tags: &[Tag]) {
    names.push(namespace.epoch());
    names.extend(tags.iter().map(|tag| namespace.tag(tag)));
}

/// Reads what an `MGET` of [`names`] answered; zero for what is missing, or is no version.
pub(super) fn read(values: &[Value]) -> Result<Versions, Failure> {
    let mut versions = values.iter().map(|value| replies::version(value).unwrap_or(0));
    let epoch = versions.next().ok_or(Failure::Garbled)?;
    Ok(Versions { epoch, tags: versions.collect() })
}

/// The current versions under names of one node, among them perhaps the epoch's. Missing ones are made.
pub(super) async fn made(
    wire: &dyn Wire,
    names: &[Vec<u8>],
    epoch: &[u8],
) -> Result<Vec<Value>, Failure> {
    let mut values = replies::array(wire.send(mget(names)).await?)?;
    if values.len() != names.len() {
        return Err(Failure::Garbled);
    }
    let missing = (0..names.len()).filter(|at| values[*at] == Value::Nil).collect::<Vec<_>>();
    let made = missing.iter().map(|at| make(wire, &names[*at], names[*at] == epoch));
    for (at, made) in missing.iter().zip(join_all(made).await) {
        values[*at] = made?;
    }
    Ok(values)
}

/// Reads several keys at once.
pub(super) fn mget(names: &[Vec<u8>]) -> Cmd {
    let bytes: usize = names.iter().map(Vec::len).sum();
    let mut command = Cmd::with_capacity(names.len() + 1, bytes + "MGET".len());
    command.arg("MGET").arg(names);
    command
}

/// A version that nothing carries.
pub(super) fn another() -> [u8; 8] {
    Token::new().to_bits().to_be_bytes()
}

/// How long a version lives at first, in milliseconds; empty for ever.
pub(super) fn life(epoch: bool) -> Vec<u8> {
    if epoch { Vec::new() } else { millis(DAY).to_string().into_bytes() }
}

/// Makes a version, unless somebody else has done so meanwhile; then theirs is answered.
pub(super) async fn make(wire: &dyn Wire, name: &[u8], epoch: bool) -> Result<Value, Failure> {
    let version = another();
    let mut command = redis::cmd("SET");
    command.arg(name).arg(&version).arg("NX").arg("GET");
    if !epoch {
        command.arg("PX").arg(life(epoch));
    }
    match wire.send(command).await {
        Ok(Value::Nil) => Ok(Value::BulkString(version.to_vec())),
        Err(failure) if failure.is_refusal("WRONGTYPE") => Ok(Value::Nil),
        answered => answered,
    }
}

/// Sees to it that tags outlive an entry that is stored now.
///
/// Asks first: to lengthen a tag's life counts as a change of it, and would end every process's copies of the entries
/// that carry it. So it happens seldom, and by much.
pub(super) async fn outlive(topology: &Topology, tags: &[Vec<u8>], ttl: Duration) {
    join_all(tags.iter().map(|name| lengthen(topology, name, ttl))).await;
}

async fn lengthen(topology: &Topology, name: &[u8], ttl: Duration) {
    // Without a connection, or an answer, the entry ends with the tag: a miss.
    let Some(connection) = topology.node_of(name).connection() else { return };
    let left = connection.wire.send(with("PTTL", name)).await;
    // Negative: it is gone, or lives for ever.
    if matches!(left, Ok(Value::Int(left)) if (0..=cap(ttl)).contains(&left)) {
        let mut command = with("PEXPIRE", name);
        command.arg(cap(ttl.saturating_mul(2).max(DAY))).arg("GT");
        let _ = connection.wire.send(command).await;
    }
}

fn with(name: &str, key: &[u8]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(key);
    command
}

/// Milliseconds that no server and no script fails to count with: 31,000 years.
pub(super) fn cap(time: Duration) -> i64 {
    i64::try_from(millis(time)).unwrap_or(i64::MAX).min(1_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_version_is_zero() {
        let values = [
            Value::BulkString(7_u64.to_be_bytes().to_vec()),
            Value::Nil,
            Value::BulkString(b"seven".to_vec()),
            Value::Int(7),
        ];
        let versions = read(&values).unwrap();
        assert_eq!(versions, Versions { epoch: 7, tags: vec![0, 0, 0] });
        assert_eq!(read(&[]), Err(Failure::Garbled));
    }

    #[test]
    fn times_stay_within_what_a_script_can_count() {
        assert_eq!(cap(Duration::from_micros(1)), 1);
        assert_eq!(cap(Duration::MAX), 1_000_000_000_000_000);
    }
}
