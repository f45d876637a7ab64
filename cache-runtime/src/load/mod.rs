//! The way of one call, step by step: look up, join or lead, ask the remote tier, run, fill.
//!
//! [`lookup`] answers from the local tier, or says how the call goes on ([`miss`]). [`run`] drives the rest: [`join`] waits
//! for the load under way or takes a new one on, [`remote`] looks in the remote tier and takes its lease, the body runs, and
//! [`fill`] stores what it returned. What a policy's strategy changes in this is data, `Strategy::rules`.

pub(crate) use encoded::decoded;
pub(crate) use lookup::look_up;
pub use miss::Miss;
pub(crate) use miss::bypass;
pub(crate) use outgoing::{Outgoing, Took};
pub use owned::{load_owned, load_within};
pub use plan::Plan;
pub(crate) use plan::rendered_tag;
pub use run::load;

mod aged;
mod background;
pub(crate) mod batch;
mod call;
mod encoded;
mod end;
mod fill;
mod found;
mod join;
mod leases;
mod lookup;
mod miss;
mod outgoing;
mod owned;
mod plan;
mod refresh;
mod remote;
mod revalidate;
mod run;
mod state;
mod uncommitted;
mod verify;
mod wait;
mod waiting;

#[cfg(all(test, feature = "testing"))]
mod model {
    mod tests;
}
