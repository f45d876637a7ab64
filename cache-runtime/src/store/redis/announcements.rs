//! Telling processes that something has ended which they keep for themselves.

use redis::Value;

use super::failure::Failure;
use super::link::Connection;
use super::replies::FOREIGN;
use super::scripts;
use super::topology::Topology;
use crate::error::Result;
use crate::store::Namespace;

/// How long something is there that is only written to tell of a change, in milliseconds.
const ANNOUNCED: &[u8] = b"1000";

/// Tells that everything has ended, because others use the name under which the end of one thing would be told.
///
/// If they use this one too, nobody can be told. That is no failure: to try again would be in vain as long as they do.
pub(super) async fn announce_to_all(
    operation: &'static str,
    topology: &Topology,
    names: &Namespace,
) -> Result<()> {
    let name = names.announcement_to_all();
    let node = topology.node_of(&name);
    let connection = node.connected(operation)?;
    if !node.perform(operation, &connection, written(&connection, &name)).await? {
        tracing::error!(
            server = %node.target,
            "another program uses names of this namespace: what has ended is kept by other processes to its ttl"
        );
    }
    Ok(())
}

/// Makes a change under a name; false if it is others'.
pub(super) async fn written(connection: &Connection, name: &[u8]) -> Result<bool, Failure> {
    // By a command, of which this process is not told: it has ended what it kept, and may keep something newer.
    let mut command = redis::cmd("SET");
    command.arg(name).arg("").arg("NX").arg("PX").arg(ANNOUNCED);
    match connection.wire.send(command).await {
        Ok(Value::Nil) => {}
        Ok(_) => return Ok(true),
        // A full server lets a script have what this takes, and no command.
        Err(failure) if failure.is_refusal("OOM") => {}
        Err(failure) => return Err(failure),
    }
    Ok(scripts::ANNOUNCE.code(&*connection.wire, name, &[ANNOUNCED]).await? != FOREIGN)
}
