//! What a function that invalidates or writes through declares, as plain data that a `static` can hold.

use std::panic::Location;

/// What `#[invalidates(...)]`, or the writing side of `#[cached(...)]`, declares of one function.
///
/// The attribute writes it; [`Policies::writers`](crate::Policies::writers) lists those that are linked into the
/// program.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Writer {
    /// The function's name.
    pub name: &'static str,
    /// The module that holds the function.
    pub module: &'static str,
    /// The source file of the attribute.
    pub file: &'static str,
    /// The line of the attribute in the source file.
    pub line: u32,
    /// The references to cached functions, as written.
    pub entries: &'static [&'static str],
    /// The tag templates, as written.
    pub tags: &'static [&'static str],
    /// The key template of the entry that the function writes through, as written.
    pub through: Option<&'static str>,
    /// Whether the function leaves its value in the cache, in its own entry or in that of another function.
    pub stores: bool,
    /// The arguments that may carry a transaction which the caller commits, as written: `tx: &mut Transaction<'_, Sqlite>`.
    pub connections: &'static [&'static str],
}

impl Writer {
    /// Declares a function that invalidates, where this is called.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str, module: &'static str) -> Self {
        let declared = Location::caller();
        Self {
            name,
            module,
            file: declared.file(),
            line: declared.line(),
            entries: &[],
            tags: &[],
            through: None,
            stores: false,
            connections: &[],
        }
    }

    /// Sets the references to cached functions.
    #[must_use]
    pub const fn entries(mut self, entries: &'static [&'static str]) -> Self {
        self.entries = entries;
        self
    }

    /// Sets the tag templates.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Sets the key template of the entry that is written through.
    #[must_use]
    pub const fn through(mut self, key: &'static str) -> Self {
        self.through = Some(key);
        self.stores()
    }

    /// Says that the function leaves its value in the cache.
    #[must_use]
    pub const fn stores(mut self) -> Self {
        self.stores = true;
        self
    }

    /// Sets the arguments that may carry a transaction which the caller commits.
    #[must_use]
    pub const fn connections(mut self, connections: &'static [&'static str]) -> Self {
        self.connections = connections;
        self
    }
}
