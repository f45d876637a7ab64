//! The policy of a cached function, as plain data that a `static` can hold.

use std::panic::Location;
use std::time::Duration;

use super::freshness::Freshness;
use super::options::{Codec, Compression, Strategy, Tier, Ttl};
use crate::key::KeyWriter;

/// What `#[cached(...)]` declares of one function.
///
/// The attribute writes it; [`policies()`](fn@crate::policies) lists those that are linked into the program.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// The function's name.
    pub name: &'static str,
    /// The module that holds the function.
    pub module: &'static str,
    /// The source file of the attribute.
    pub file: &'static str,
    /// The line of the attribute in the source file.
    pub line: u32,
    /// The key template, as written.
    pub key: &'static str,
    /// The tag templates, as written.
    pub tags: &'static [&'static str],
    /// The groups that can be invalidated at once: the key template with `*` for what a reference leaves out.
    pub groups: &'static [&'static str],
    /// The type of a stored value, as written.
    pub value: &'static str,
    /// Whether the function writes the entry, and does not read it.
    pub writes: bool,
    /// The arguments that may carry a transaction which the caller commits, as written: `tx: &mut Transaction<'_, Sqlite>`.
    pub connections: &'static [&'static str],
    /// How long a value lives.
    pub ttl: Ttl,
    /// How long a cached `None` lives, if the attribute says so.
    pub none_ttl: Option<Duration>,
    /// Whether nothing is meant to invalidate the entries: they live by their ttl alone.
    pub ttl_only: bool,
    /// Who loads a value, and when.
    pub strategy: Strategy,
    /// When an entry is refreshed before its ttl is over, and how long it may be served after that, as the options say. What the
    /// strategy says comes on top.
    pub freshness: Freshness,
    /// The tiers that hold the entries.
    pub tier: Tier,
    /// How long a copy in this process is used at most while a tier is shared, if the attribute says so.
    pub local_ttl: Option<Duration>,
    /// How a value is encoded in the tier that processes share.
    pub codec: Codec,
    /// How an encoded value is compressed there.
    pub compression: Compression,
    /// Changed by hand when the meaning of the value changes.
    pub version: u32,
    /// The full name of the type that holds a stored value, where the attribute could see all of it.
    pub(crate) stores: Option<fn() -> &'static str>,
    /// Renders the key with its constants, and with `<>` for everything else; set if there are constants in it. One whose
    /// value is not known is `<NAME>`.
    pub(crate) with_constants: Option<fn(&mut KeyWriter)>,
}

impl Policy {
    /// Starts a policy, which is declared where this is called; what is not set later has the default of the attribute. A
    /// fixed ttl is in milliseconds and was checked before; 0 stands for one that is set later, or computed.
    ///
    /// One call for what every policy says: in each annotated function it is work for the compiler.
    #[must_use]
    #[track_caller]
    pub const fn new(
        name: &'static str,
        module: &'static str,
        key: &'static str,
        value: &'static str,
        ttl_ms: u64,
    ) -> Self {
        let declared = Location::caller();
        Self {
            name,
            module,
            file: declared.file(),
            line: declared.line(),
            key,
            tags: &[],
            groups: &[],
            value,
            writes: false,
            connections: &[],
            ttl: match ttl_ms {
                0 => Ttl::Computed,
                ms => Ttl::Fixed(Duration::from_millis(ms)),
            },
            none_ttl: None,
            ttl_only: false,
            strategy: Strategy::CacheAside,
            freshness: Freshness::PLAIN,
            tier: Tier::All,
            local_ttl: None,
            codec: Codec::MessagePack,
            compression: Compression::None,
            version: 1,
            stores: None,
            with_constants: None,
        }
    }

    /// Tells whether entries carry tags, those of groups among them.
    pub(crate) fn carries_tags(&self) -> bool {
        !self.tags.is_empty() || !self.groups.is_empty()
    }

    /// Tells whether `name` is the function's, alone or behind modules that it is in: `get` and `users::get` both name
    /// `shop::users::get`.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let Some(modules) = name.strip_suffix(self.name) else { return false };
        let Some(modules) = modules.strip_suffix("::") else { return modules.is_empty() };
        let before = self.module.strip_suffix(modules);
        !modules.is_empty()
            && before.is_some_and(|before| before.is_empty() || before.ends_with("::"))
    }

    /// Sets a fixed ttl.
    ///
    /// # Panics
    /// If it is zero, which nothing could ever hit; in a `static` that is a compile error.
    #[must_use]
    pub const fn ttl(self, ttl: Duration) -> Self {
        assert!(!ttl.is_zero(), "this ttl is zero: nothing would ever be a hit");
        self.same_ttl(ttl)
    }

    /// Sets a fixed ttl that was checked before.
    #[must_use]
    pub const fn same_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Ttl::Fixed(ttl);
        self
    }

    /// Sets the lifetime of a cached `None`, in milliseconds.
    #[must_use]
    pub const fn none_ttl_ms(mut self, ms: u64) -> Self {
        self.none_ttl = Some(Duration::from_millis(ms));
        self
    }

    /// Says that nothing is meant to invalidate the entries.
    #[must_use]
    pub const fn ttl_only(mut self) -> Self {
        self.ttl_only = true;
        self
    }

    /// Sets the tag templates.
    #[must_use]
    pub const fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Sets the groups.
    #[must_use]
    pub const fn groups(mut self, groups: &'static [&'static str]) -> Self {
        self.groups = groups;
        self
    }

    /// Sets what finds the full name of the type that holds a stored value.
    #[must_use]
    pub const fn stores(mut self, name: fn() -> &'static str) -> Self {
        self.stores = Some(name);
        self
    }

    /// Sets what renders the key with its constants.
    #[must_use]
    pub const fn with_constants(mut self, render: fn(&mut KeyWriter)) -> Self {
        self.with_constants = Some(render);
        self
    }

    /// Says that the function writes the entry, and does not read it.
    #[must_use]
    pub const fn writes(mut self) -> Self {
        self.writes = true;
        self
    }

    /// Sets the arguments that may carry a transaction which the caller commits.
    #[must_use]
    pub const fn connections(mut self, connections: &'static [&'static str]) -> Self {
        self.connections = connections;
        self
    }

    /// Sets the strategy.
    #[must_use]
    pub const fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets the share of the ttl after which a hit starts a refresh, in thousandths.
    #[must_use]
    pub const fn refresh_ahead(mut self, thousandths: u16) -> Self {
        self.freshness.ahead = Some(thousandths);
        self
    }

    /// Sets how long after its ttl a value is served while it is refreshed, in milliseconds.
    #[must_use]
    pub const fn stale_while_revalidate_ms(mut self, ms: u64) -> Self {
        self.freshness.while_revalidate = ms;
        self
    }

    /// Sets how long a call waits for the refresh before it is given the stale value, in milliseconds.
    #[must_use]
    pub const fn patience_ms(mut self, ms: u64) -> Self {
        self.freshness.patience = ms;
        self
    }

    /// Sets how long after its ttl a value is served if the load fails, in milliseconds.
    #[must_use]
    pub const fn stale_if_error_ms(mut self, ms: u64) -> Self {
        self.freshness.if_error = ms;
        self
    }

    /// Sets how long a call waits for its load, in milliseconds.
    #[must_use]
    pub const fn hard_timeout_ms(mut self, ms: u64) -> Self {
        self.freshness.hard_timeout = ms;
        self
    }

    /// Lets each hit renew the ttl, until so many milliseconds after the load.
    #[must_use]
    pub const fn sliding_ms(mut self, ms: u64) -> Self {
        self.freshness.sliding = ms;
        self
    }

    /// Sets the tiers.
    #[must_use]
    pub const fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// Sets how long a copy in this process is used at most while a tier is shared, in milliseconds.
    #[must_use]
    pub const fn local_ttl_ms(mut self, ms: u64) -> Self {
        self.local_ttl = Some(Duration::from_millis(ms));
        self
    }

    /// Sets the encoding.
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Sets the compression.
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the version.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }
}
