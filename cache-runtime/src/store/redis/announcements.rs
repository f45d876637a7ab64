//! Telling processes that something has ended which they keep for themselves.

use super::failure::Failure;
use super::link::Connection;
use super::replies::FOREIGN;
use super::scripts;
use super::topology::Topology;
use crate::error::Result;
use crate::store::Namespace;

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
    Ok(scripts::ANNOUNCE.code(&*connection.wire, name, &[]).await? != FOREIGN)
}
