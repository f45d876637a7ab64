//! The companion of a cached function: what references such as `get_user(id)` are compiled to.
//!
//! Beside a free function stands a struct of its name. It lives among the types, where it meets no
//! function, and it travels with `use` as the function does. A method's companion is a pair of
//! hidden functions in the same `impl`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Path, Type};

use super::generics::Kept;
use super::names::{Names, group_name};
use super::parameter::{self, Parameter};
use super::{Runtime, hidden, key};
use crate::check::types;
use crate::model::{Cached, Group, Key, Part, Policy, Root, Strategy, Tier, Ttl, Value};
use crate::parse::args::{Argument, plain};
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
            private_bounds,
            private_interfaces,
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
    let companion = key::located(&cached.companion, span);
    if cached.arguments.receiver.is_some() {
        let Names { site, .. } = Names::of_method(&companion);
        quote_spanned!(span=> Self::#site())
    } else {
        quote_spanned!(span=> #companion::site())
    }
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
pub(super) fn expand(cached: &Cached, runtime: &Runtime) -> TokenStream {
    let at = hidden(cached.companion.span());
    let companion = Companion { cached, runtime, at };
    if cached.arguments.receiver.is_some() { companion.methods() } else { companion.of_free() }
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
        let visibility = &self.cached.function.visibility;
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let site = self.site_function(&Ident::new("site", self.at));
        let entry = self.entry(&Ident::new("entry", self.at), None);
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

    fn methods(&self) -> TokenStream {
        let Names { site, entry, self_entry } = Names::of_method(&self.cached.companion);
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let site = self.site_function(&site);
        let self_token =
            self.cached.arguments.receiver.as_ref().map(|receiver| receiver.self_token);
        let receiver = self_token.map(|token| quote_spanned!(self.at=> &#token,));
        let with_self = self.entry(&self_entry, receiver.as_ref());
        // a key that reads `self` cannot be named by `Repo::get(id)`
        let without_self = (!self.reads_self()).then(|| self.entry(&entry, None));
        let functions = [Some(site), Some(with_self), without_self].into_iter().flatten();
        let groups = self.cached.groups.iter().flat_map(|group| {
            let name = group_name(&self.given(group), self.at);
            let with_self = self.group(&Names::group(&self_entry, &name), receiver.as_ref(), group);
            let without_self =
                (!self.reads_self()).then(|| self.group(&Names::group(&entry, &name), None, group));
            [Some(with_self), without_self]
        });
        let functions = functions.chain(groups.flatten());
        functions
            .map(|function| quote_spanned!(self.at=> #(#conditions)* #quiet #function))
            .collect()
    }

    fn reads_self(&self) -> bool {
        self.values().any(|value| matches!(value.root, Root::Receiver(_)))
    }

    fn site_function(&self, name: &Ident) -> TokenStream {
        let visibility = &self.cached.function.visibility;
        let rt = self.runtime.at(self.at);
        let site = Ident::new("SITE", self.at);
        let policy = self.policy();
        let slot = match &self.cached.policy.cache {
            None => quote_spanned!(self.at=> &#rt::DEFAULT_SLOT),
            Some(path) => quote_spanned!(path.span()=> &#path),
        };
        quote_spanned! {self.at=>
            #visibility fn #name() -> &'static #rt::Site {
                static #site: #rt::Site = #rt::Site::new(#policy, #slot);
                #rt::submit!(#site);
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
    /// of a method may mention parameters of the `impl`, which cannot be seen here.
    fn value(&self, at: Span) -> TokenStream {
        let stored = self.cached.stored();
        let text = written(types::value(stored));
        let generics = &self.cached.function.signature.generics;
        if self.cached.arguments.receiver.is_some() || Kept::mentions(generics, stored) {
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
            receiver,
            key: &self.cached.key,
            returns: quote_spanned!(self.at=> #rt::Reference<#stored, #tier>),
            mentions: Some(stored),
            made_by: quote_spanned!(self.at=> #rt::Reference::new),
            then: tags.collect(),
        }
        .function(self, &parameters)
    }

    /// The function that makes a checked reference to a group.
    fn group(&self, name: &Ident, receiver: Option<&TokenStream>, group: &Group) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let mut parameters = self.parameters();
        parameters.retain(|parameter| group.names(parameter.argument));
        Rendering {
            name,
            receiver,
            key: &group.tag,
            returns: quote_spanned!(self.at=> #rt::Group),
            mentions: None,
            made_by: quote_spanned!(self.at=> #rt::Group::new),
            then: TokenStream::new(),
        }
        .function(self, &parameters)
    }

    /// Which arguments of a reference the group names.
    fn given(&self, group: &Group) -> Vec<bool> {
        let parameters = self.parameters();
        parameters.iter().map(|parameter| group.names(parameter.argument)).collect()
    }

    /// The arguments that the key reads, in the order of the function.
    fn parameters(&self) -> Vec<Parameter<'_>> {
        let reads = |value: &Value, argument: &Argument| matches!(&value.root, Root::Argument(name) if argument.names.contains(name));
        let generics = &self.cached.function.signature.generics;
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

/// A function of the companion: it renders a template from its arguments.
struct Rendering<'a> {
    name: &'a Ident,
    receiver: Option<&'a TokenStream>,
    key: &'a Key,
    returns: TokenStream,
    /// The type of the user in what it returns.
    mentions: Option<&'a Type>,
    /// What makes that of the site and the key.
    made_by: TokenStream,
    /// Calls on what is made.
    then: TokenStream,
}

impl Rendering<'_> {
    fn function(&self, companion: &Companion<'_>, parameters: &[Parameter<'_>]) -> TokenStream {
        let Self { name, receiver, key: template, returns, mentions, made_by, then } = self;
        let Companion { cached, runtime, at } = companion;
        let (at, rt) = (*at, runtime.at(*at));
        let visibility = &cached.function.visibility;
        let kept = Kept::of(
            &cached.function.signature.generics,
            parameters.iter().map(|parameter| parameter.bare).chain(*mentions),
            companion.constants(),
        );
        let (params, predicates) = (&kept.params, &kept.predicates);
        let (mut lifetimes, mut inputs, mut bindings) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in parameters {
            inputs.push(parameter.input(runtime, &mut lifetimes));
            bindings.extend(parameter.binding(runtime));
        }
        let key = Ident::new("key", at);
        let part = |writer: &Ident, value: &Value| parameter::part(parameters, writer, value);
        let render = key::render(template, &key, |value| part(&key, value));
        let site = site(cached, at);
        quote_spanned! {at=>
            #visibility fn #name<#(#lifetimes,)* #(#params),*>(
                #receiver #(#inputs),*
            ) -> #returns where #(#predicates),* {
                #(#bindings)*
                let mut #key = #rt::KeyWriter::new();
                #render
                #made_by(#site, &#key) #then
            }
        }
    }
}

fn values(key: &Key) -> impl Iterator<Item = &Value> {
    key.parts.iter().filter_map(|part| match part {
        Part::Value(value) => Some(value),
        Part::Text(_) => None,
    })
}
