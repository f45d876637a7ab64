//! The table of all options: where each is allowed, how its value is read, and what else is to be known of it.
//!
//! A new option of `#[cached]` is a row here, a field of `Settings`, and a line where the policy is expanded.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, Path};

use super::argument;
use super::duration::Zero;
use super::given::{Given, Keep, Slot};
use super::group::{self, Group};
use super::option::{Concern, Place, Shared, Syntax, Twice};
use super::reference::Reference;
use super::settings::Settings;
use super::skip::{self, Skip};
use super::template::Template;
use super::value::{self, Lifetime, Reading, Ttl};
use super::words::{self, Guard, Tier, Word};

/// The options of one attribute, as written.
#[derive(Default)]
pub(crate) struct Options {
    /// Those that are given, readable or not, in their order.
    pub(crate) given: Vec<(&'static Row, Ident)>,
    pub(crate) key: Given<Template>,
    pub(crate) ttl: Given<Ttl>,
    pub(crate) tags: Given<Vec<Template>>,
    pub(crate) skip: Given<Vec<Skip>>,
    pub(crate) settings: Settings,
    pub(crate) groups: Given<Vec<Group>>,
    /// The argument that is written, or `return`.
    pub(crate) value: Given<Ident>,
    pub(crate) writes: Given<Reference>,
    pub(crate) guard: Given<Word<Guard>>,
    pub(crate) hold: Given<Lifetime>,
    pub(crate) only_ok: Given<()>,
    pub(crate) companion: Given<Ident>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Given<Path>,
}

/// One option.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// One good line.
    pub(super) example: &'static str,
    /// Where it is allowed besides `#[cached]`, and `#[cache_policy]` if it is shared.
    places: &'static [Place],
    pub(crate) shared: Shared,
    pub(crate) concern: Concern,
    /// What a duration of zero means, if not that values have expired at once.
    pub(super) zero: Option<Zero>,
    /// The tiers with which it has no effect, and why.
    excludes: &'static [(Tier, &'static str)],
    pub(super) syntax: Syntax,
    pub(super) twice: Twice,
    read: fn(&mut Options, &mut Reading<'_>) -> syn::Result<()>,
    slot: fn(&Options) -> &dyn Slot,
    slot_mut: fn(&mut Options) -> &mut dyn Slot,
    inherit: fn(&Options, &mut Options),
}

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
            inherit: |from, to| to.$($field).+.clone_from(&from.$($field).+),
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

/// Options of the design that are not there yet.
pub(super) const LATER: [&str; 6] = [
    "stale_while_revalidate",
    "patience",
    "stale_if_error",
    "refresh_ahead",
    "hard_timeout",
    "on_timeout",
];

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
    /// The first option of such a concern, in the order of the table, where it is given.
    pub(crate) fn first(&self, concerned: impl Fn(Concern) -> bool) -> Option<&Ident> {
        let rows = OPTIONS.iter().filter(|row| concerned(row.concern));
        rows.filter_map(|row| row.mention(self)).map(|(_, name)| name).next()
    }

    /// The code in them, which may use the arguments of the function.
    pub(crate) fn code(&self) -> TokenStream {
        let Settings { when, store_if, .. } = &self.settings;
        let mut code = TokenStream::new();
        match self.ttl.value() {
            Some(Ttl::Expression(value)) => value.to_tokens(&mut code),
            Some(Ttl::Closure(value)) => value.to_tokens(&mut code),
            Some(Ttl::Text(_)) | None => {}
        }
        when.value().to_tokens(&mut code);
        store_if.value().to_tokens(&mut code);
        code
    }
}

impl Row {
    /// Whether the option is allowed there.
    pub(super) fn is_allowed(&self, place: Place) -> bool {
        match place {
            Place::Cached => true,
            Place::CachePolicy => self.shared != Shared::No,
            _ => self.places.contains(&place),
        }
    }

    /// Why the option has no effect with the tier; `None` if it has one.
    pub(crate) fn useless(&self, tier: Tier) -> Option<&'static str> {
        self.excludes.iter().find(|(excluded, _)| *excluded == tier).map(|(_, why)| *why)
    }

    /// Reads the value.
    pub(super) fn read(&self, options: &mut Options, reading: &mut Reading<'_>) -> syn::Result<()> {
        (self.read)(options, reading)
    }

    /// Whether `options` give it, readable or not.
    pub(crate) fn is_given(&self, options: &Options) -> bool {
        (self.slot)(options).is_given()
    }

    /// Whether `options` have it by its name.
    pub(super) fn is_named(&self, options: &Options) -> bool {
        self.mention(options).is_some()
    }

    fn mention<'a>(&self, options: &'a Options) -> Option<&'a (&'static Self, Ident)> {
        options.given.iter().find(|(row, _)| row.name == self.name)
    }

    /// Notes that the option is given, and where.
    pub(super) fn named(&'static self, options: &mut Options, name: &Ident) {
        options.given.push((self, name.clone()));
        (self.slot_mut)(options).named(name);
    }

    /// Notes that the option is given, and cannot be read.
    pub(super) fn misread(&self, options: &mut Options) {
        (self.slot_mut)(options).misread();
    }

    /// Gives a method what its block says, and where.
    pub(crate) fn inherit(&'static self, from: &Options, to: &mut Options) {
        (self.inherit)(from, to);
        to.given.extend(self.mention(from).cloned());
    }

    /// Notes for a method that its block gives the option in a way that cannot be read.
    pub(crate) fn inherit_misread(&self, from: &Options, to: &mut Options) {
        if (self.slot)(from).is_misread() {
            self.misread(to);
        }
    }
}
