//! The companion of a cached function: what references such as `get_user(id)` are compiled to.
//!
//! Beside a free function stands a struct of its name. It lives among the types, where it meets no
//! function, and it travels with `use` as the function does. A method's companion is a pair of
//! hidden functions in the same `impl`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Path, Visibility};

use super::generics::Kept;
use super::names::{Names, group_name};
use super::parameter::{self, Parameter};
use super::rendering::Rendering;
use super::{Runtime, hidden, key, policies};
use crate::check::types;
use crate::model::{Cached, Group, Key, Owner, Part, Policy, Root, Strategy, Tier, Ttl, Value};
use crate::parse::args::{Argument, plain};
use crate::parse::function::Function;
use crate::parse::reference::written;

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

/// The expression of the function's site, all of it at `span`.
pub(super) fn site(cached: &Cached, span: Span) -> TokenStream {
    let companion = match &cached.owner {
        Owner::Module => key::located(&cached.companion, span),
        Owner::Impl => return local_site(span).into_token_stream(),
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            beside(name, &key::located(&cached.companion, span))
        }
    };
    quote_spanned!(span=> #companion::site())
}

/// The variable of a method's site, in the method.
fn local_site(span: Span) -> Ident {
    Ident::new("site", hidden(span))
}

/// Makes the site of a method, in the method and at `span`. An `impl` holds no `static`, and a
/// hidden function for it would be one more error where a trait refuses all of them.
pub(super) fn own_site(cached: &Cached, runtime: &Runtime, span: Span) -> Option<TokenStream> {
    if !matches!(cached.owner, Owner::Impl) {
        return None;
    }
    let site = local_site(span);
    let declared = Companion { cached, runtime, at: hidden(cached.companion.span()) }.declared();
    Some(quote_spanned!(hidden(span)=> let #site = { #declared };))
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
    let key = Ident::new("__key", Span::mixed_site());
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
        let groups = self.cached.groups.iter().map(|group| {
            let name = group_name(&self.given(group), self.at);
            self.group(&name, None, group)
        });
        quote_spanned! {self.at=>
            #(#conditions)*
            #quiet
            #visibility struct #name {}
            #(#conditions)*
            #quiet
            impl #name {
                #site
                #entry
                #(#groups)*
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
        let groups = self.cached.groups.iter().flat_map(|group| {
            let name = group_name(&self.given(group), self.at);
            let with_self = receiver.as_ref().map(|receiver| {
                self.group(&Names::group(&self_entry, &name), Some(receiver), group)
            });
            let without_self =
                (!self.reads_self()).then(|| self.group(&Names::group(&entry, &name), None, group));
            [with_self, without_self]
        });
        let groups: Vec<_> = groups.flatten().collect();
        let own = match self.cached.owner {
            Owner::Trait { .. } => receiver.map(|receiver| self.declared_key(&key, &receiver)),
            Owner::Module | Owner::Impl | Owner::ImplOf { .. } => None,
        };
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let functions = [own, with_self, without_self].into_iter().flatten().chain(groups);
        let functions: TokenStream = functions
            .map(|function| quote_spanned!(self.at=> #(#conditions)* #quiet #function))
            .collect();
        let demand = match self.cached.owner {
            // an `impl` of a trait has no place for them, and cannot be told from another one here
            Owner::Impl => "an_impl_of_a_trait_needs_cache_policy_above_it",
            // two traits may have a method of one name
            Owner::ImplOf { .. } => "methods_of_one_name_need_different_companions",
            Owner::Module | Owner::Trait { .. } => return functions,
        };
        let at = self.cached.companion.span();
        let (rt, demand) = (self.runtime.at(at), Ident::new(demand, at));
        quote_spanned!(at=> #rt::#demand! { #functions })
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
        let visibility = self.visibility();
        let rt = self.runtime.at(self.at);
        let declared = self.declared();
        quote_spanned! {self.at=>
            #visibility fn site() -> &'static #rt::Site { #declared }
        }
    }

    /// Declares the policy, for this function and for all that are linked into the program.
    fn declared(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let (site, value) = self.site();
        let declares_only = matches!(self.cached.owner, Owner::Trait { provided: false, .. });
        let submit = (!declares_only).then(|| quote_spanned!(self.at=> #rt::submit!(#site);));
        let in_crate = policies::declared(self.cached, self.at);
        quote_spanned! {self.at=>
            #value
            #submit
            #in_crate
            &#site
        }
    }

    /// A `static` of the site, and its name.
    fn site(&self) -> (Ident, TokenStream) {
        let rt = self.runtime.at(self.at);
        let site = Ident::new("SITE", self.at);
        let policy = self.policy();
        let slot = match &self.cached.policy.cache {
            None => quote_spanned!(self.at=> &#rt::DEFAULT_SLOT),
            Some(path) => quote_spanned!(path.span()=> &#path),
        };
        let value =
            quote_spanned!(self.at=> static #site: #rt::Site = #rt::Site::new(#policy, #slot););
        (site, value)
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
        let groups = self.cached.groups.iter().map(|group| &group.tag.literal);
        let value = self.value(at);
        let writes = self.cached.writes.as_ref().map(|_| quote_spanned!(at=> .writes()));
        let strategy = match strategy {
            Strategy::CacheAside => quote_spanned!(at=> #rt::Strategy::CacheAside),
            Strategy::WriteThrough => quote_spanned!(at=> #rt::Strategy::WriteThrough),
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
                .groups(&[#(#groups),*])
                #value
                #writes
                .strategy(#strategy)
                .version(#version)
                .tier(#tier)
        }
    }

    /// The type of a stored value: as text, and by its full name where a `static` can name it. That
    /// of a method may mention parameters of the `impl`, which a `static` cannot.
    fn value(&self, at: Span) -> TokenStream {
        let stored = self.cached.stored();
        let text = written(types::value(stored));
        let free = matches!(self.cached.owner, Owner::Module);
        if !free || Kept::mentions(&self.cached.generics, stored) {
            return quote_spanned!(at=> .value(#text));
        }
        let rt = self.runtime.at(at);
        quote_spanned! {at=>
            .value(#text)
            .value_type(|| {
                #[allow(unused_imports)]
                use #rt::{
                    HoldOwned as _, HoldShared as _, WrapBare as _, WrapOption as _,
                    WrapResult as _, WrapResultOption as _,
                };
                let kind = #rt::Kind::<#stored>::new();
                #rt::value_name((&&(&&&&kind).wrap()).hold())
            })
        }
    }

    fn site_of_entry(&self) -> TokenStream {
        match self.cached.owner {
            // within the companion itself, which need not be found by its name
            Owner::Module => quote_spanned!(self.at=> Self::site()),
            Owner::Impl => {
                let (site, value) = self.site();
                quote_spanned!(self.at=> { #value &#site })
            }
            Owner::ImplOf { .. } | Owner::Trait { .. } => site(self.cached, self.at),
        }
    }

    /// The function that makes a checked reference to an entry.
    fn entry(&self, name: &Ident, receiver: Option<&TokenStream>) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let stored = self.cached.stored();
        let tier = match self.cached.policy.tier {
            Tier::All => quote_spanned!(self.at=> #rt::Shared),
            Tier::Local => quote_spanned!(self.at=> #rt::Local),
        };
        let parameters = self.parameters();
        let part = |writer: &Ident, value: &Value| parameter::part(&parameters, writer, value);
        let tags = self.cached.carried().map(|tag| self::tag(tag, part));
        Rendering {
            name,
            visibility: &self.visibility(),
            receiver,
            constants: self.constants().collect(),
            site: self.site_of_entry(),
            key: &self.cached.key,
            returns: quote_spanned!(self.at=> #rt::Reference<#stored, #tier>),
            mentions: Some(stored),
            made_by: quote_spanned!(self.at=> #rt::Reference::new),
            then: tags.collect(),
        }
        .function(self.cached, self.runtime, self.at, &parameters)
    }

    /// The function that makes a checked reference to a group.
    fn group(&self, name: &Ident, receiver: Option<&TokenStream>, group: &Group) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let mut parameters = self.parameters();
        parameters.retain(|parameter| group.names(parameter.argument));
        Rendering {
            name,
            visibility: &self.visibility(),
            receiver,
            constants: self.constants().collect(),
            site: self.site_of_entry(),
            key: &group.tag,
            returns: quote_spanned!(self.at=> #rt::Group),
            mentions: None,
            made_by: quote_spanned!(self.at=> #rt::Group::new),
            then: TokenStream::new(),
        }
        .function(self.cached, self.runtime, self.at, &parameters)
    }

    /// Which arguments of a reference the group names.
    fn given(&self, group: &Group) -> Vec<bool> {
        let parameters = self.parameters();
        parameters.iter().map(|parameter| group.names(parameter.argument)).collect()
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
