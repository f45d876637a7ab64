//! The topology: which node serves a key, and so which link a command takes.
//!
//! Every command of an operation is for one key, or for several keys of one node: what is read of an entry are the entry,
//! the epoch and its tags, which one server answers at once, and of which each may be another node's where there are many.

use std::sync::Arc;

use futures_util::future::try_join_all;
use redis::Value;

use super::failure::Failure;
use super::link::{Connection, Link};
use crate::error::Result;
use crate::store::Health;

/// The nodes of a store: one server, which serves every key.
pub(super) struct Topology {
    server: Arc<Link>,
}

impl Topology {
    pub(super) fn of_server(server: Arc<Link>) -> Self {
        Self { server }
    }

    /// The link to the node that serves a key.
    pub(super) fn node_of(&self, _name: &[u8]) -> &Arc<Link> {
        &self.server
    }

    /// The links to all nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Arc<Link>> {
        std::iter::once(&self.server)
    }

    /// Whether the nodes can be asked, as one answer.
    pub(super) fn health(&self) -> Health {
        self.server.health()
    }

    /// The node that a scan has come to, and the cursor on that node.
    pub(super) fn scanned_by(&self, cursor: u64) -> (&Arc<Link>, u64) {
        (&self.server, cursor)
    }

    /// The shares that nodes have in several names, in the order of their first.
    ///
    /// # Errors
    ///
    /// If there is no connection to one of them: then none is asked.
    pub(super) fn shares(
        &self,
        operation: &'static str,
        names: Vec<Vec<u8>>,
    ) -> Result<Vec<Share>> {
        let same = |one: &Arc<Link>, other: &Arc<Link>| Arc::ptr_eq(one, other);
        let parts = split(names, |name| Arc::clone(self.node_of(name)), same);
        let share = |(link, part): (Arc<Link>, Part)| {
            Ok(Share { connection: link.connected(operation)?, link, part })
        };
        parts.into_iter().map(share).collect()
    }
}

/// The share that one node has in several names.
pub(super) struct Share {
    link: Arc<Link>,
    connection: Arc<Connection>,
    part: Part,
}

/// Some of several names, and where each of them stands among all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    names: Vec<Vec<u8>>,
    places: Vec<usize>,
}

/// Asks each node for the values of its names, all at the same time: in the order of all names.
pub(super) async fn gathered<F>(
    operation: &'static str,
    shares: Vec<Share>,
    ask: impl Fn(Arc<Connection>, Vec<Vec<u8>>) -> F,
) -> Result<Vec<Value>>
where
    F: Future<Output = Result<Vec<Value>, Failure>>,
{
    let asked = shares.into_iter().map(|Share { link, connection, part }| {
        let answer = ask(Arc::clone(&connection), part.names);
        async move {
            let complete = async {
                let values = answer.await?;
                if values.len() == part.places.len() { Ok(values) } else { Err(Failure::Garbled) }
            };
            let values = link.perform(operation, &connection, complete).await?;
            Ok((part.places, values))
        }
    });
    Ok(merged(try_join_all(asked).await?))
}

/// Splits names by the node that serves each.
fn split<N>(
    names: Vec<Vec<u8>>,
    node_of: impl Fn(&[u8]) -> N,
    same: impl Fn(&N, &N) -> bool,
) -> Vec<(N, Part)> {
    let mut parts: Vec<(N, Part)> = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        let node = node_of(&name);
        let at = parts.iter().position(|(other, _)| same(other, &node)).unwrap_or_else(|| {
            parts.push((node, Part::default()));
            parts.len() - 1
        });
        let (_, part) = &mut parts[at];
        part.names.push(name);
        part.places.push(place);
    }
    parts
}

/// Puts values back into the order of what they were asked by.
fn merged<V>(mut parts: Vec<(Vec<usize>, Vec<V>)>) -> Vec<V> {
    if parts.len() == 1 {
        return parts.swap_remove(0).1;
    }
    let values = parts.into_iter().flat_map(|(places, values)| places.into_iter().zip(values));
    let mut in_order: Vec<_> = values.collect();
    in_order.sort_unstable_by_key(|(place, _)| *place);
    in_order.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_several_nodes_answer_comes_in_the_order_in_which_it_was_asked(
            names in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..4), 0..40),
            nodes in 1..5_u8,
        ) {
            let node_of = |name: &[u8]| name[0] % nodes;
            let parts = split(names.clone(), node_of, |one, other| one == other);
            let distinct: std::collections::BTreeSet<_> =
                names.iter().map(|name| node_of(name)).collect();
            prop_assert_eq!(parts.len(), distinct.len(), "each node is asked once");
            for (node, part) in &parts {
                prop_assert!(part.names.iter().all(|name| node_of(name) == *node));
            }
            let answered = parts.into_iter().map(|(_, Part { names, places })| (places, names));
            prop_assert_eq!(merged(answered.collect()), names);
        }
    }
}
