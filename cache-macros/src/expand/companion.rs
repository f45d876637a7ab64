//! The companion of a cached function: what references such as `get_user(id)` are compiled to.
//!
//! Beside a free function stands a struct of its name. It lives among the types, where it meets no
//! function, and it travels with `use` as the function does. A method's companion is a pair of
//! hidden functions in the same `impl`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Path, Visibility};

use super::generics::Kept;
use super::parameter::{self, Parameter};
use super::{Runtime, hidden, key, policies};
use crate::model::{Cached, Key, Owner, Part, Policy, Root, Strategy, Tier, Ttl, Value};
use crate::parse::args::{Argument, plain};
use crate::parse::function::Function;

/// Lints for code that users write; here they would be noise in the user's build.
pub(super) fn quiet() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(
            dead_code,
            missing_copy_implementations,
            missing_debug_implementations,
            non_camel_case_types,
            non_snake_case,
            private_bounds,
            private_interfaces,
            unreachable_pub,
            unused_variables,
            clippy::all,
            clippy::pedantic,
        )]
    }
}

/// The attributes that decide whether the function exists.
pub(super) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The names of a companion's parts. A reference to what is not cached meets the compiler's own
/// "no method named …", so the names complete that sentence.
pub(super) struct Names {
    pub(super) site: Ident,
    pub(super) entry: Ident,
    pub(super) self_entry: Ident,
    /// What a trait says about its key.
    pub(super) key: Ident,
}

impl Names {
    pub(super) fn of_method(companion: &Ident) -> Self {
        let span = hidden(companion.span());
        let companion = plain(companion);
        Self {
            // met only where a trait refuses it
            site: format_ident!("put_cache_policy_above_the_impl_of_{companion}", span = span),
            entry: format_ident!(
                "{companion}_with_cached_attribute_and_a_key_without_self",
                span = span
            ),
            self_entry: format_ident!("{companion}_with_cached_attribute", span = span),
            key: format_ident!("{companion}_key_in_the_trait", span = span),
        }
    }
}

/// The expression of the function's site, all of it at `span`.
pub(super) fn site(cached: &Cached, span: Span) -> TokenStream {
    let companion = match &cached.owner {
        Owner::Module => key::located(&cached.companion, span),
        Owner::Impl => Ident::new("Self", span),
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            beside(name, &key::located(&cached.companion, span))
        }
    };
    let site = site_name(cached, span);
    quote_spanned!(span=> #companion::#site())
}

fn site_name(cached: &Cached, span: Span) -> Ident {
    if matches!(cached.owner, Owner::Impl) {
        Names::of_method(&cached.companion).site
    } else {
        Ident::new("site", span)
    }
}

/// The struct that holds the site of a trait's method. A trait cannot: what is reached without a
/// value would keep it from being used as `dyn`. Nor can the type, which may implement two traits
/// with a method of one name.
fn beside(owner: &Ident, companion: &Ident) -> Ident {
    format_ident!("{}_{}", plain(owner), plain(companion), span = companion.span())
}

/// `.tag("user")`, or `.tag_with(|key| …)` for one with placeholders.
pub(super) fn tag(tag: &Key, part: impl Fn(&Ident, &Value) -> TokenStream) -> TokenStream {
    let span = hidden(tag.literal.span());
    if !tag.parts.iter().any(|part| matches!(part, Part::Value(_))) {
        let text = tag.literal.value();
        return quote_spanned!(span=> .tag(#text));
    }
    let key = Ident::new("key", Span::mixed_site());
    let render = key::render(tag, &key, |value| part(&key, value));
    quote_spanned!(span=> .tag_with(|#key| { #render }))
}

/// The companion of a function without mistakes.
pub(super) struct Parts {
    /// What stands beside the function; beside an `impl` of a trait in one of the type itself.
    pub(super) with: TokenStream,
    /// What stands beside a trait, or beside the `impl` of one.
    pub(super) outside: TokenStream,
}

pub(super) fn expand(cached: &Cached, runtime: &Runtime) -> Parts {
    let at = hidden(cached.companion.span());
    let companion = Companion { cached, runtime, at };
    match &cached.owner {
        Owner::Module => Parts { with: companion.of_free(), outside: TokenStream::new() },
        Owner::Impl => Parts { with: companion.methods(), outside: TokenStream::new() },
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            Parts { with: companion.methods(), outside: companion.beside(name) }
        }
    }
}

/// Who may see the companion: whoever sees the function. That of a trait's method is as visible as
/// its type, because the method is.
pub(super) fn visibility(owner: &Owner, function: &Function) -> Visibility {
    let span = hidden(function.signature.ident.span());
    match owner {
        Owner::ImplOf { .. } => Visibility::Public(syn::Token![pub](span)),
        Owner::Module | Owner::Impl | Owner::Trait { .. } => function.visibility.clone(),
    }
}

struct Companion<'a> {
    cached: &'a Cached,
    runtime: &'a Runtime,
    /// The function's name, where all of the companion is said to be.
    at: Span,
}

impl Companion<'_> {
    fn of_free(&self) -> TokenStream {
        let name = &self.cached.companion;
        let visibility = self.visibility();
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let site = self.site_function();
        let entry = self.entry(&Ident::new("entry", name.span()), None);
        quote_spanned! {self.at=>
            #(#conditions)*
            #quiet
            #visibility struct #name {}
            #(#conditions)*
            #quiet
            impl #name {
                #site
                #entry
            }
        }
    }

    /// Functions in the same `impl`, or that a trait provides, so that references work where only
    /// the trait is known.
    fn methods(&self) -> TokenStream {
        let Names { mut entry, mut self_entry, key, .. } = Names::of_method(&self.cached.companion);
        // an error about a reference shows the function
        entry.set_span(self.cached.companion.span());
        self_entry.set_span(self.cached.companion.span());
        let receiver = self.cached.arguments.receiver.as_ref().map(|receiver| {
            let token = receiver.self_token;
            quote_spanned!(self.at=> &#token,)
        });
        let with_self = receiver.as_ref().map(|receiver| self.entry(&self_entry, Some(receiver)));
        // a key that reads `self` cannot be named by `Repo::get(id)`
        let without_self = (!self.reads_self()).then(|| self.entry(&entry, None));
        let own = match self.cached.owner {
            Owner::Trait { .. } => receiver.map(|receiver| self.declared_key(&key, &receiver)),
            Owner::Module | Owner::Impl => Some(self.site_function()),
            Owner::ImplOf { .. } => None,
        };
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let functions = [own, with_self, without_self].into_iter().flatten();
        functions
            .map(|function| quote_spanned!(self.at=> #(#conditions)* #quiet #function))
            .collect()
    }

    /// What an `impl` of the trait compares its own key with.
    fn declared_key(&self, name: &Ident, receiver: &TokenStream) -> TokenStream {
        let (rt, shape) = (self.runtime.at(self.at), key::fingerprint(&self.cached.key.shape));
        quote_spanned! {self.at=>
            fn #name(#receiver) -> #rt::DeclaredKey<#shape> { #rt::DeclaredKey }
        }
    }

    /// The struct that holds the site of a trait's method.
    fn beside(&self, owner: &Ident) -> TokenStream {
        let name = beside(owner, &self.cached.companion);
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let site = self.site_function();
        quote_spanned! {self.at=>
            #(#conditions)*
            #quiet
            struct #name {}
            #(#conditions)*
            #quiet
            impl #name {
                #site
            }
        }
    }

    fn reads_self(&self) -> bool {
        self.values().any(|value| matches!(value.root, Root::Receiver(_)))
    }

    fn visibility(&self) -> Visibility {
        visibility(&self.cached.owner, &self.cached.function)
    }

    fn site_function(&self) -> TokenStream {
        let name = site_name(self.cached, self.at);
        let visibility = self.visibility();
        let rt = self.runtime.at(self.at);
        let site = Ident::new("SITE", self.at);
        let policy = self.policy();
        let declares_only = matches!(self.cached.owner, Owner::Trait { provided: false, .. });
        let submit = (!declares_only).then(|| quote_spanned!(self.at=> #rt::submit!(#site);));
        let in_crate = policies::declared(self.cached, self.at);
        let slot = match &self.cached.policy.cache {
            None => quote_spanned!(self.at=> &#rt::DEFAULT_SLOT),
            Some(path) => quote_spanned!(path.span()=> &#path),
        };
        quote_spanned! {self.at=>
            #visibility fn #name() -> &'static #rt::Site {
                static #site: #rt::Site = #rt::Site::new(#policy, #slot);
                #submit
                #in_crate
                &#site
            }
        }
    }

    fn policy(&self) -> TokenStream {
        let Policy { ttl, none_ttl, version, tier, strategy, .. } = &self.cached.policy;
        let function = &self.cached.function.signature.ident;
        // a zero in a constant is found when the policy is evaluated, and reported here
        let at = match ttl {
            Ttl::Constant(path) => path.span(),
            _ => self.at,
        };
        let rt = self.runtime.at(at);
        let (name, key) = (plain(function), &self.cached.key.literal);
        let ttl = match ttl {
            Ttl::Milliseconds(milliseconds) => quote_spanned!(at=> .ttl_ms(#milliseconds)),
            Ttl::Constant(path) => quote_spanned!(at=> .ttl(#path)),
            Ttl::Computed(_) | Ttl::OfValue(_) => TokenStream::new(),
        };
        let none_ttl =
            none_ttl.map(|milliseconds| quote_spanned!(at=> .none_ttl_ms(#milliseconds)));
        let tags = self.cached.tags.iter().map(|tag| &tag.literal);
        let strategy = match strategy {
            Strategy::CacheAside => quote_spanned!(at=> #rt::Strategy::CacheAside),
        };
        let tier = match tier {
            Tier::All => quote_spanned!(at=> #rt::Tier::All),
            Tier::Local => quote_spanned!(at=> #rt::Tier::Local),
        };
        quote_spanned! {at=>
            #rt::Policy::new(#name, ::core::module_path!(), #key)
                .at(::core::file!(), ::core::line!())
                #ttl
                #none_ttl
                .tags(&[#(#tags),*])
                .strategy(#strategy)
                .version(#version)
                .tier(#tier)
        }
    }

    /// The function that makes a checked reference to an entry.
    fn entry(&self, name: &Ident, receiver: Option<&TokenStream>) -> TokenStream {
        let visibility = self.visibility();
        let rt = self.runtime.at(self.at);
        let returns = &self.cached.returns;
        let parameters = self.parameters();
        let kept = Kept::of(
            &self.cached.generics,
            parameters.iter().map(|parameter| parameter.bare).chain([returns]),
            self.constants(),
        );
        let (params, predicates) = (&kept.params, &kept.predicates);
        let in_trait = matches!(self.cached.owner, Owner::Trait { .. });
        let generic = kept.has_types() || parameters.iter().any(Parameter::is_generic);
        // so that the trait stays usable as `dyn`
        let dynamic = in_trait && receiver.is_some() && !generic;
        let sized =
            (in_trait && !dynamic).then(|| quote_spanned!(self.at=> Self: ::core::marker::Sized,));
        let (mut lifetimes, mut inputs, mut bindings) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in &parameters {
            inputs.push(parameter.input(self.runtime, dynamic, &mut lifetimes));
            bindings.extend(parameter.binding(self.runtime));
        }
        let key = Ident::new("key", self.at);
        let part = |writer: &Ident, value: &Value| parameter::part(&parameters, writer, value);
        let render = key::render(&self.cached.key, &key, |value| part(&key, value));
        let tags = self.cached.tags.iter().map(|tag| self::tag(tag, part));
        let tier = match self.cached.policy.tier {
            Tier::All => quote_spanned!(self.at=> #rt::Shared),
            Tier::Local => quote_spanned!(self.at=> #rt::Local),
        };
        let site = match self.cached.owner {
            // within the companion itself, which need not be found by its name
            Owner::Module => quote_spanned!(self.at=> Self::site()),
            _ => site(self.cached, self.at),
        };
        quote_spanned! {self.at=>
            #visibility fn #name<#(#lifetimes,)* #(#params),*>(
                #receiver #(#inputs),*
            ) -> #rt::Reference<#returns, #tier> where #sized #(#predicates),* {
                #(#bindings)*
                let mut #key = #rt::KeyWriter::new();
                #render
                #rt::Reference::new(#site, &#key) #(#tags)*
            }
        }
    }

    /// The arguments that the key reads, in the order of the function.
    fn parameters(&self) -> Vec<Parameter<'_>> {
        let reads = |value: &Value, argument: &Argument| match &value.root {
            Root::Argument(name) => argument.names.contains(name),
            _ => false,
        };
        let generics = &self.cached.generics;
        let mut parameters = Vec::new();
        for (at, argument) in self.cached.arguments.typed.iter().enumerate() {
            if self.key_values().any(|value| reads(value, argument)) {
                let mut read = self.values().filter(|value| reads(value, argument));
                let whole = read.all(|value| value.fields.is_empty() && value.method.is_none());
                parameters.push(Parameter::new(at, argument, whole, generics));
            }
        }
        parameters
    }

    /// The constants in the key, among them const parameters.
    fn constants(&self) -> impl Iterator<Item = &Path> {
        self.values().filter_map(|value| match &value.root {
            Root::Constant(path) => Some(path),
            _ => None,
        })
    }

    fn key_values(&self) -> impl Iterator<Item = &Value> {
        values(&self.cached.key)
    }

    /// Those of the key and of the tags.
    fn values(&self) -> impl Iterator<Item = &Value> {
        self.key_values().chain(self.cached.tags.iter().flat_map(values))
    }
}

fn values(key: &Key) -> impl Iterator<Item = &Value> {
    key.parts.iter().filter_map(|part| match part {
        Part::Value(value) => Some(value),
        Part::Text(_) => None,
    })
}
