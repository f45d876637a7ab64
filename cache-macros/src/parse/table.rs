//! The table of all options.
//!
//! A new option of `#[cached]` is a row here, a field of `Settings`, and a line where the policy is expanded.

use syn::Ident;

use super::argument;
use super::duration::Zero;
use super::given::Keep;
use super::group;
use super::option::{Concern, Place, Shared, Syntax, Twice};
use super::options::{Options, Row};
use super::share;
use super::skip;
use super::value;
use super::words::{self, Tier};

const ROW: Row = Row {
    name: "",
    example: "",
    places: &[],
    shared: Shared::No,
    concern: Concern::Function,
    zero: None,
    excludes: &[],
    syntax: Syntax::Assigned,
    twice: Twice::Never,
    read: |_, _| Ok(()),
    slot: |options| &options.key,
    slot_mut: |options| &mut options.key,
    inherit: |_, _| {},
};

/// `name field.of.options = reader { facts }`; facts that are left out are those of `ROW`.
macro_rules! table {
    ($($name:literal $($field:ident).+ = $reader:path { $($fact:ident: $value:expr),+ $(,)? })+) => {
        &[$(Row {
            name: $name,
            $($fact: $value,)+
            read: |options, reading| {
                let value = $reader(reading)?;
                options.$($field).+.keep(value);
                Ok(())
            },
            slot: |options| &options.$($field).+,
            slot_mut: |options| &mut options.$($field).+,
            inherit: |from, to| to.$($field).+ = from.$($field).+.inherited(),
            ..ROW
        }),+]
    };
}

/// Every option, in the order in which messages list them.
static OPTIONS: &[Row] = table! {
    "key" key = value::key {
        example: "key = \"user:<id>\"",
        concern: Concern::Entry,
        shared: Shared::Combined,
    }
    "ttl" ttl = value::ttl {
        example: "ttl = \"1h\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
    }
    "tags" tags = value::tags {
        example: "tags = [\"user\", \"user:<id>\"]",
        concern: Concern::Entry,
        places: &[Place::Policies, Place::Invalidates, Place::Invalidate],
        shared: Shared::Combined,
        twice: Twice::OneList,
    }
    "skip" skip = skip::list {
        example: "skip(db)",
        shared: Shared::Combined,
        syntax: Syntax::Listed,
        twice: Twice::OneList,
    }
    "none_ttl" settings.none_ttl = value::duration {
        example: "none_ttl = \"30s\"",
        concern: Concern::Entry,
    }
    "ttl_only" settings.ttl_only = value::alone {
        example: "ttl_only",
        concern: Concern::Entry,
        syntax: Syntax::Alone,
    }
    "when" settings.when = value::condition { example: "when = id > 0", concern: Concern::Call }
    "store_if" settings.store_if = value::closure {
        example: "store_if = |user| user.active",
        concern: Concern::Call,
    }
    "version" settings.version = value::version {
        example: "version = 2",
        concern: Concern::Entry,
    }
    "tier" settings.tier = words::tier { example: "tier = \"local\"", concern: Concern::Entry }
    "local_ttl" settings.local_ttl = value::duration {
        example: "local_ttl = \"5s\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
        zero: Some(Zero {
            what: "keeps no copy in this process",
            help: "write `tier = \"remote\"` if you mean it, or `local_ttl = \"1s\"` or more",
        }),
        excludes: &[
            (Tier::Local, "what is in this process lives for its `ttl`"),
            (Tier::Remote, "this process keeps no copy"),
        ],
    }
    "codec" settings.codec = words::codec {
        example: "codec = \"json\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
        excludes: &[(Tier::Local, "what stays in this process is not encoded")],
    }
    "compress" settings.compression = words::compression {
        example: "compress = \"lz4\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
        excludes: &[(Tier::Local, "what stays in this process is not encoded")],
    }
    "cache" settings.cache = value::path {
        example: "cache = CATALOG",
        concern: Concern::Entry,
        shared: Shared::Inherited,
    }
    "strategy" settings.strategy = words::strategy { example: "strategy = \"cache_aside\"" }
    "refresh_ahead" settings.refresh_ahead = share::read {
        example: "refresh_ahead = 0.8",
        concern: Concern::Entry,
        shared: Shared::Inherited,
    }
    "stale_while_revalidate" settings.stale_while_revalidate = value::duration {
        example: "stale_while_revalidate = \"5m\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
        zero: Some(Zero { what: "serves nothing stale", help: "leave it out" }),
    }
    "patience" settings.patience = value::duration {
        example: "patience = \"100ms\"",
        concern: Concern::Load,
        shared: Shared::Inherited,
        zero: Some(Zero { what: "serves the stale value at once", help: "leave it out" }),
    }
    "stale_if_error" settings.stale_if_error = value::duration {
        example: "stale_if_error = \"1h\"",
        concern: Concern::Entry,
        shared: Shared::Inherited,
        zero: Some(Zero { what: "serves nothing stale", help: "leave it out" }),
    }
    "hard_timeout" settings.hard_timeout = value::duration {
        example: "hard_timeout = \"2s\"",
        concern: Concern::Load,
        shared: Shared::Inherited,
        zero: Some(Zero { what: "waits for no load", help: "write `hard_timeout = \"2s\"`, or leave it out" }),
    }
    "on_timeout" settings.on_timeout = value::closure {
        example: "on_timeout = |error| Err(error.into())",
        concern: Concern::Load,
    }
    "sliding" settings.sliding = value::duration {
        example: "sliding = \"12h\"",
        concern: Concern::Entry,
        zero: Some(Zero { what: "renews nothing", help: "leave it out" }),
    }
    "group" groups = group::read {
        example: "group(user)",
        concern: Concern::Entry,
        syntax: Syntax::Listed,
        twice: Twice::Each,
    }
    "value" value = argument::stored { example: "value = user", concern: Concern::Written }
    "writes" writes = value::reference {
        example: "writes = get_user(user.id)",
        concern: Concern::Written,
    }
    "each" each = argument::name { example: "each = ids", concern: Concern::Batch }
    "id" id = value::closure { example: "id = |user| user.id", concern: Concern::Batch }
    "chunk" chunk = value::chunk { example: "chunk = 500", concern: Concern::Batch }
    "guard" guard = words::guard {
        example: "guard = \"10s\"",
        zero: Some(Zero {
            what: "guards nothing",
            help: "write `guard = \"off\"` if you mean it",
        }),
        concern: Concern::Guard,
        places: &[Place::Invalidates],
    }
    "hold" hold = value::duration {
        example: "hold = \"500ms\"",
        zero: Some(Zero { what: "holds nothing", help: "leave it out" }),
        concern: Concern::Guard,
        places: &[Place::Invalidates],
    }
    "only_ok" only_ok = value::alone {
        example: "only_ok",
        concern: Concern::Guard,
        places: &[Place::Invalidates],
        syntax: Syntax::Alone,
    }
    "companion" companion = argument::name {
        example: "companion = other_name",
        concern: Concern::Entry,
    }
    "crate" runtime = value::path {
        example: "crate = other_name",
        places: &[Place::Policies, Place::Invalidates, Place::Invalidate, Place::Entry],
        shared: Shared::Inherited,
    }
};

/// The option of that name, wherever it is allowed.
pub(super) fn find(name: &str) -> Option<&'static Row> {
    OPTIONS.iter().find(|row| row.name == name)
}

/// The names of the options that are allowed there.
pub(super) fn names(place: Place) -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(move |row| row.is_allowed(place)).map(|row| row.name)
}

/// The options that methods have from their block.
pub(crate) fn shared() -> impl Iterator<Item = &'static Row> {
    OPTIONS.iter().filter(|row| row.shared != Shared::No)
}

impl Options {
    /// The first option of such a concern that the function gives itself, in the order of the table, where it is given.
    pub(crate) fn first(&self, concerned: impl Fn(Concern) -> bool) -> Option<&Ident> {
        let rows = OPTIONS.iter().filter(|row| concerned(row.concern) && !row.is_inherited(self));
        rows.filter_map(|row| row.mention(self)).map(|(_, name)| name).next()
    }
}
