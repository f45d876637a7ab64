//! What was seen of a type, over several runs of its `Deserialize`.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};

use super::probe::Refused;

/// How many questions of a type are answered, over all runs.
const MAX_STEPS: u32 = 10_000;

/// Nesting that is followed: types without names can contain themselves unnoticed.
const MAX_DEPTH: u8 = 64;

/// The path to a part of the type, hashed by FNV-1a: a hash that is the same everywhere and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    hash: u64,
    depth: u8,
}

impl Place {
    pub(super) const ROOT: Self = Self { hash: 0xcbf2_9ce4_8422_2325, depth: 0 };

    pub(super) fn inside(self, name: &str) -> Self {
        Self { hash: named(self.hash, name), depth: self.depth.saturating_add(1) }
    }

    pub(super) fn nth(self, index: usize) -> Self {
        let hash = hashed(self.hash, &(index as u64).to_be_bytes());
        Self { hash, depth: self.depth.saturating_add(1) }
    }
}

/// Half of a hash; never zero.
pub(super) fn folded(hash: u64) -> u32 {
    let folded = (hash >> 32) ^ (hash & u64::from(u32::MAX));
    u32::try_from(folded).unwrap_or(u32::MAX).max(1)
}

pub(super) fn hashed(hash: u64, bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(hash, step)
}

fn named(hash: u64, name: &str) -> u64 {
    // no text holds this byte, so `ab` in `c` is not `b` in `ca`
    hashed(hashed(hash, name.as_bytes()), &[0xff])
}

/// One run of `Deserialize` cannot see everything: an enum is one of its variants, and a value that is rejected
/// hides what comes after it. So each run leaves notes on what the next one does otherwise.
#[derive(Default)]
pub(super) struct Trace {
    facts: BTreeSet<u64>,
    steps: u32,
    runs: u32,
    /// How much this run has found for the next one to do.
    unfinished: u32,
    /// What the type rejects, or what is never done with it: left out from now on.
    left_out: BTreeSet<Place>,
    enums: BTreeMap<Place, Variants>,
    /// Names that a type without a list of them turned out to want.
    learnt: BTreeMap<Place, Vec<&'static str>>,
    /// The named types that are being visited, each inside of the one before.
    open: Vec<Open>,
}

/// A named type that is being visited. The name of the Rust type tells `Page<User>` from `Page<Post>`, which
/// have one name to a decoder. It differs between compilers, so it is compared, and never hashed.
struct Open {
    rust_name: &'static str,
    name: &'static str,
    place: Place,
}

/// How far the variants of an enum were visited.
#[derive(Clone, Copy, Default)]
struct Variants {
    next: usize,
    /// One that a value can be made of.
    good: Option<usize>,
}

impl Trace {
    /// Begins a run, if there is something left to see.
    pub(super) fn begin(&mut self) -> bool {
        let worthwhile = self.runs == 0 || (self.unfinished > 0 && self.steps < MAX_STEPS);
        self.runs += 1;
        self.unfinished = 0;
        self.open.clear();
        worthwhile
    }

    /// The number of all that was seen.
    pub(super) fn number(&self, version: u32) -> u32 {
        let start = hashed(Place::ROOT.hash, &version.to_be_bytes());
        let hash = self.facts.iter().fold(start, |hash, fact| hashed(hash, &fact.to_be_bytes()));
        folded(hash)
    }

    /// Counts a question, and writes it down; refuses the one that is too many or too deep.
    pub(super) fn ask(&mut self, at: Place, kind: &str, name: &str) -> Result<(), Refused> {
        self.steps += 1;
        if self.steps > MAX_STEPS || at.depth > MAX_DEPTH {
            return Err(Refused::default());
        }
        self.fact(at, kind, name);
        Ok(())
    }

    /// Writes down that at this place there is such a thing of that name.
    pub(super) fn fact(&mut self, at: Place, kind: &str, name: &str) {
        self.facts.insert(named(named(at.hash, kind), name));
    }

    pub(super) fn is_left_out(&self, at: Place) -> bool {
        self.left_out.contains(&at)
    }

    pub(super) fn leave_out(&mut self, at: Place) {
        if self.left_out.insert(at) {
            self.unfinished += 1;
        }
    }

    /// Visits something that a value can be without: if it is rejected and there is nothing more to see of it, the
    /// next run leaves it out.
    pub(super) fn optional<T>(
        &mut self,
        at: Place,
        visit: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let before = self.unfinished;
        let result = visit(self);
        if result.is_err() && self.unfinished == before {
            self.leave_out(at);
        }
        result
    }

    /// The names to offer to a type that has no list of them.
    pub(super) fn learnt(&self, at: Place) -> Vec<&'static str> {
        self.learnt.get(&at).cloned().unwrap_or_default()
    }

    pub(super) fn learn(&mut self, at: Place, name: &'static str) {
        let names = self.learnt.entry(at).or_default();
        if !names.contains(&name) {
            names.push(name);
            self.unfinished += 1;
            self.fact(at, "field", name);
        }
    }

    /// Visits a named type; refuses one that is inside of itself.
    pub(super) fn named<T>(
        &mut self,
        name: &'static str,
        place: Place,
        visit: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        match self.outer::<T>(name) {
            Some(_) => Err(Refused::default()),
            None => self.opened(name, place, visit),
        }
    }

    fn opened<T>(
        &mut self,
        name: &'static str,
        place: Place,
        visit: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if self.open.len() >= usize::from(MAX_DEPTH) {
            return Err(Refused::default());
        }
        self.open.push(Open { rust_name: type_name::<T>(), name, place });
        let result = visit(self);
        self.open.pop();
        result
    }

    /// Where the type is being visited already.
    fn outer<T>(&self, name: &str) -> Option<Place> {
        let same = |open: &&Open| open.name == name && open.rust_name == type_name::<T>();
        self.open.iter().find(same).map(|open| open.place)
    }

    /// Visits one variant of an enum: `visit` gets its index, and the place of the enum.
    pub(super) fn variant<T>(
        &mut self,
        name: &'static str,
        place: Place,
        count: usize,
        visit: impl FnOnce(&mut Self, usize, Place) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if let Some(outer) = self.outer::<T>(name) {
            // an enum inside of itself ends with a variant that ends
            let good = self.enums.get(&outer).and_then(|variants| variants.good);
            let good = good.ok_or_else(Refused::default)?;
            return self.opened(name, outer, |trace| visit(trace, good, outer));
        }
        let Variants { next, good } = *self.enums.entry(place).or_default();
        let is_new = next < count;
        let index = if is_new { Some(next) } else { good }.ok_or_else(Refused::default)?;
        let before = self.unfinished;
        let result = self.opened(name, place, |trace| visit(trace, index, place));
        if is_new && self.unfinished == before {
            self.done(place, index, count, result.is_ok());
        }
        result
    }

    /// There is nothing more to see of this variant: the next run takes the next one.
    fn done(&mut self, place: Place, index: usize, count: usize, is_good: bool) {
        let variants = self.enums.entry(place).or_default();
        variants.next = index + 1;
        if is_good && variants.good.is_none() {
            variants.good = Some(index);
            if index > 0 {
                // those before it may have been rejected because they contain the enum
                variants.next = 0;
            }
        }
        if variants.next < count {
            self.unfinished += 1;
        }
    }
}
