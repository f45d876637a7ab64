//! What is linked into the program: a declaration for each attribute, collected by the linker.

use std::sync::Arc;

use crate::declared::callsite::Callsite;
use crate::key::{Tag, matches_template};
use crate::policy::Writer;
use crate::tiers::Tiers;

/// A declaration of a cached function.
pub struct Reads(pub &'static Callsite);
/// A declaration of a function that invalidates or writes through.
pub struct Writes(pub &'static Writer);

/// A declaration of an `invalidate!` in code.
pub struct InCode(pub &'static Writer);

inventory::collect!(Reads);
inventory::collect!(Writes);
inventory::collect!(InCode);

pub(super) fn callsites() -> impl Iterator<Item = &'static Callsite> {
    inventory::iter::<Reads>.into_iter().map(|reads| reads.0)
}

/// The tiers of every cache with a policy that may have put the tag on an entry.
pub(crate) fn tiers_with(tag: &Tag) -> Vec<Arc<Tiers>> {
    let mut all: Vec<Arc<Tiers>> = Vec::new();
    for callsite in callsites() {
        let mut tags = callsite.policy().tags.iter();
        if tags.any(|template| matches_template(template, tag.as_bytes())) {
            let tiers = callsite.with(|state| Arc::clone(&state.tiers));
            if !all.iter().any(|known| Arc::ptr_eq(known, &tiers)) {
                all.push(tiers);
            }
        }
    }
    all
}
