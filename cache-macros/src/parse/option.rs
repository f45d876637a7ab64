//! The words of the table of options: what can be said of one.

/// A macro that takes options.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Cached,
    CachePolicy,
    Policies,
    Invalidates,
    Invalidate,
    Entry,
}

/// The subject of an option, which decides which functions can have it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Concern {
    /// The entry. A function that `writes` the entry of another has it from there.
    Entry,
    /// A call, of which a method without a body has none.
    Call,
    /// The load of a function that reads.
    Load,
    /// The list of a function that loads several entries at once.
    Batch,
    /// The value that a function writes.
    Written,
    /// The guard of what a function writes.
    Guard,
    /// The function itself.
    Function,
}

/// Whether methods have an option from the block that they stand in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shared {
    No,
    /// Unless they give it themselves.
    Inherited,
    /// Together with what they give themselves.
    Combined,
}

/// The syntax of an option.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Syntax {
    /// `name = value`
    Assigned,
    /// `name(list)`
    Listed,
    /// `name`
    Alone,
}

/// The verdict on an option that is given twice.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Twice {
    Never,
    /// One list takes all.
    OneList,
    /// Nothing: each counts.
    Each,
}

impl Place {
    /// The macro as it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cached => "#[cached]",
            Self::CachePolicy => "#[cache_policy]",
            Self::Policies => "policies!",
            Self::Invalidates => "#[invalidates]",
            Self::Invalidate => "invalidate!",
            Self::Entry => "entry!",
        }
    }
}
