//! The options of one attribute, and what the table of all options says of one: where it is allowed, how its value is read.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ExprClosure, Ident, Path};

use super::duration::Zero;
use super::given::{Given, Slot};
use super::group::Group;
use super::option::{Concern, Place, Shared, Syntax, Twice};
use super::reference::Reference;
use super::settings::Settings;
use super::skip::Skip;
use super::template::Template;
use super::value::{Lifetime, Reading, Ttl};
use super::words::{Guard, Tier, Word};

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
    /// The argument that is a list of ids.
    pub(crate) each: Given<Ident>,
    /// What the id of a value is.
    pub(crate) id: Given<ExprClosure>,
    /// How many ids the body is called with at most.
    pub(crate) chunk: Given<u32>,
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
    pub(super) places: &'static [Place],
    pub(crate) shared: Shared,
    pub(crate) concern: Concern,
    /// What a duration of zero means, if not that values have expired at once.
    pub(super) zero: Option<Zero>,
    /// The tiers with which it has no effect, and why.
    pub(super) excludes: &'static [(Tier, &'static str)],
    pub(super) syntax: Syntax,
    pub(super) twice: Twice,
    pub(super) read: fn(&mut Options, &mut Reading<'_>) -> syn::Result<()>,
    pub(super) slot: fn(&Options) -> &dyn Slot,
    pub(super) slot_mut: fn(&mut Options) -> &mut dyn Slot,
    pub(super) inherit: fn(&Options, &mut Options),
}

impl Options {
    /// The code in them, which may use the arguments of the function.
    pub(crate) fn code(&self) -> TokenStream {
        let Settings { when, store_if, on_timeout, .. } = &self.settings;
        let mut code = TokenStream::new();
        match self.ttl.value() {
            Some(Ttl::Expression(value)) => value.to_tokens(&mut code),
            Some(Ttl::Closure(value)) => value.to_tokens(&mut code),
            Some(Ttl::Text(_)) | None => {}
        }
        when.value().to_tokens(&mut code);
        store_if.value().to_tokens(&mut code);
        on_timeout.value().to_tokens(&mut code);
        self.id.value().to_tokens(&mut code);
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

    /// Whether a method has it from its block.
    pub(crate) fn is_inherited(&self, options: &Options) -> bool {
        (self.slot)(options).is_inherited()
    }

    pub(super) fn mention<'a>(&self, options: &'a Options) -> Option<&'a (&'static Self, Ident)> {
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
