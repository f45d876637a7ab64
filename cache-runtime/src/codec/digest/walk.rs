//! The state of a walk through a value, and the digest that comes of it.

use serde::ser::Serialize;

use super::super::depth::WRAPS;
use super::super::fault::Fault;

/// The digest of a value, and what else the walk saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Digest {
    pub(in super::super) number: u64,
    /// How deep the value is nested: levels that are written, or as many as its options and newtypes have the stack of.
    pub(in super::super) depth: usize,
    /// There is a `Some` of something that JSON writes as null.
    pub(in super::super) some_of_null: bool,
    /// There is a float that JSON cannot write.
    pub(in super::super) not_finite: bool,
}

/// A part of a value that was walked through.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) number: u64,
    /// JSON writes it as null.
    pub(super) is_null: bool,
}

impl Part {
    pub(super) fn new(number: u64) -> Self {
        Self { number, is_null: false }
    }

    pub(super) fn null(number: u64) -> Self {
        Self { number, is_null: true }
    }
}

/// The walk through a value: what was seen so far.
pub(super) struct Walk {
    depth: usize,
    deepest: usize,
    most: usize,
    /// Options and newtypes around what is walked through, and how many there were at most.
    wraps: usize,
    most_wraps: usize,
    pub(super) some_of_null: bool,
    pub(super) not_finite: bool,
}

impl Walk {
    pub(super) fn through<V: Serialize>(value: &V, most: usize) -> Result<Digest, Fault> {
        let mut walk = Self {
            depth: 0,
            deepest: 0,
            most,
            wraps: 0,
            most_wraps: 0,
            some_of_null: false,
            not_finite: false,
        };
        let number = value.serialize(&mut walk)?.number;
        let Self { deepest, most_wraps, some_of_null, not_finite, .. } = walk;
        let depth = deepest.max(most_wraps.div_ceil(WRAPS));
        Ok(Digest { number, depth, some_of_null, not_finite })
    }

    pub(super) fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        if self.depth > self.most { Err(Fault::TooDeep) } else { Ok(()) }
    }

    pub(super) fn higher(&mut self) {
        self.depth -= 1;
    }

    /// Walks through what is in an option or a newtype.
    pub(super) fn wrapped<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<Part, Fault> {
        self.wraps += 1;
        self.most_wraps = self.most_wraps.max(self.wraps);
        if self.wraps > self.most.saturating_mul(WRAPS) {
            return Err(Fault::TooDeep);
        }
        let part = value.serialize(&mut *self)?;
        self.wraps -= 1;
        Ok(part)
    }
}
