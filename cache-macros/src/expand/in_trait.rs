//! The options of a method in the `impl` of a trait, held against those that the trait declares.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, LifetimeParam, Path, Type, TypePath};

use super::Runtime;
use super::callsite::beside;
use super::generics::name_lifetimes;
use super::item::conditions;
use super::key::{fingerprint, located};
use super::names::in_the_trait;
use crate::model::{Cached, Key, Owner, Part, Policy, Root, Ttl, Value};
use crate::parse::args::{Arguments, plain};
use crate::parse::cache_policy::Block;
use crate::parse::settings::Settings;
use crate::parse::value::Lifetime;
use crate::parse::words::Strategy;

/// The method by which a trait declares its options.
pub(super) fn declared(cached: &Cached, owner: &Ident, receiver: &TokenStream) -> TokenStream {
    let name = in_the_trait(&cached.function.signature.ident);
    let (at, declared) = (name.span(), beside(owner, &cached.companion));
    quote_spanned!(at=> fn #name(#receiver) -> #declared { #declared {} })
}

/// The functions that compare the options of a type with those that a trait declares, each in the place of the option.
///
/// `strategy` has none, because it says who loads, and neither has `skip`: a reference does not load, and passes nothing
/// that is not in the key. `when` and `store_if` belong to the method with a body.
pub(super) fn comparisons(cached: &Cached, runtime: &Runtime) -> TokenStream {
    let comparison = |Declared { option, bound, number, at }| {
        let rt = runtime.at(at);
        let [option, bound] = [option, bound].map(|name| Ident::new(name, at));
        quote_spanned! {at=>
            pub fn #option(self, _: impl #rt::in_trait::#bound<#number>) -> Self { self }
        }
    };
    options(cached, runtime).into_iter().map(comparison).collect()
}

/// Holds the options of a type against those that its trait declares. A trait that declares none has no such method, and
/// the one of `Undeclared` is found in its place.
///
/// In a function that is generic over whatever has the trait, and is never called: there the trait's method comes before
/// that of any other trait in scope, and the trait has the parameters that the `impl` gives it.
pub(super) fn agreement(cached: &Cached, block: &Block) -> Option<TokenStream> {
    let runtime = &Runtime::of(cached.runtime.clone());
    let Owner::ImplOf { path, .. } = &cached.owner else { return None };
    cached.arguments.receiver.as_ref()?;
    // the user's own span, or rustc would add to the error where it was expanded
    let at = cached.key.literal.span();
    let rt = runtime.at(at);
    let name = located(&in_the_trait(&cached.function.signature.ident), at);
    // call and argument have one span, or rustc would underline both
    let comparison = |Declared { option, number, at, .. }| {
        let (rt, option) = (runtime.at(at), Ident::new(option, at));
        quote_spanned!(at=> .#option(#rt::in_trait::Given::<#number>))
    };
    let comparisons = options(cached, runtime).into_iter().map(comparison);
    let (generics, path) = outside(block, path);
    let (lifetimes, params): (Vec<_>, Vec<_>) =
        generics.params.iter().partition(|param| matches!(param, GenericParam::Lifetime(_)));
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let conditions = conditions(&cached.function.attributes);
    Some(quote_spanned! {at=>
        #(#conditions)*
        #[allow(dead_code, single_use_lifetimes, unused_lifetimes, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            trait Undeclared {
                fn #name(&self) -> #rt::in_trait::Undeclared { #rt::in_trait::Undeclared }
            }
            impl<T: ?::core::marker::Sized> Undeclared for &T {}
            fn agrees<#(#lifetimes,)* #(#params,)* __T: #path>(it: &__T) where #(#predicates),* {
                let _ = it.#name() #(#comparisons)*;
            }
        };
    })
}

/// The parameters of an `impl`, and the path of its trait, as they are written outside of it.
fn outside(block: &Block, of: &Path) -> (Generics, Type) {
    let mut generics = block.generics().clone();
    let mut path = Type::Path(TypePath { attrs: Vec::new(), qself: None, path: of.clone() });
    if let Some((ty, _)) = block.implementor() {
        let mut own = Own(ty);
        own.visit_generics_mut(&mut generics);
        own.visit_type_mut(&mut path);
    }
    let mut elided = Vec::new();
    let path = name_lifetimes(&path, &mut elided);
    generics
        .params
        .extend(elided.into_iter().map(|name| GenericParam::Lifetime(LifetimeParam::new(name))));
    (generics, path)
}

/// Rewrites `Self` to the type that it is.
struct Own<'a>(&'a Type);

impl VisitMut for Own<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::Path(path) if path.path.is_ident("Self")) {
            *ty = self.0.clone();
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}

/// An option as a number, with the bound that compares it, and where it is given.
struct Declared {
    option: &'static str,
    bound: &'static str,
    number: TokenStream,
    at: Span,
}

/// The options that a reference goes by. One that is not given is as by default, and said to be at the key.
fn options(cached: &Cached, runtime: &Runtime) -> Vec<Declared> {
    let settings = &cached.policy.settings;
    let Settings { none_ttl, version, local_ttl, codec, compression, cache, .. } = settings;
    let time = |time: Option<&Lifetime>| time.map_or(0, |time| time.milliseconds);
    let at = |option: &str| {
        let name = cached.given.iter().find(|given| *given == option).filter(|_| option != "key");
        // all of the tags may be the block's
        let tag = cached.tags.first().filter(|_| option == "tags");
        let literal = &tag.unwrap_or(&cached.key).literal;
        name.map_or_else(|| literal.span(), Ident::span)
    };
    let number = |option, bound, number: u64| Declared {
        option,
        bound,
        number: number.to_token_stream(),
        at: at(option),
    };
    let texts = |keys: &mut dyn Iterator<Item = &Key>| {
        let texts: BTreeSet<String> = keys.map(|key| text(key, &cached.arguments)).collect();
        fingerprint(&texts.into_iter().collect::<Vec<_>>().join("\n"))
    };
    let cache = cache.value().map(|path| path.to_token_stream().to_string());
    vec![
        number("key", "Key", fingerprint(&text(&cached.key, &cached.arguments))),
        number("cache", "Cache", cache.map_or(0, |path| fingerprint(&path))),
        number("tier", "Tier", cached.policy.settings.tier() as u64),
        number("tags", "Tags", texts(&mut cached.tags.iter())),
        number("group", "Groups", texts(&mut cached.groups.iter().map(|group| &group.tag))),
        Declared {
            option: "ttl",
            bound: "Ttl",
            number: ttl(&cached.policy.ttl, runtime),
            at: at("ttl"),
        },
        number("none_ttl", "NoneTtl", time(none_ttl.value())),
        number("stale_while_revalidate", "StaleWhileRevalidate", window(&cached.policy)),
        number("stale_if_error", "StaleIfError", time(settings.stale_if_error.value())),
        number("sliding", "Sliding", time(settings.sliding.value())),
        number("local_ttl", "LocalTtl", time(local_ttl.value())),
        number("version", "Version", version.value().map_or(1, |version| u64::from(*version))),
        number("codec", "Codec", codec.value().map_or(0, |word| word.meaning as u64)),
        number("compress", "Compress", compression.value().map_or(0, |word| word.meaning as u64)),
    ]
}

/// The window in which a value is served while it is refreshed. That of a strategy is as long as the ttl, which is compared
/// by itself where it is not known here.
fn window(policy: &Policy) -> u64 {
    let settings = &policy.settings;
    let given = settings.stale_while_revalidate.value().map(|time| time.milliseconds);
    let by_strategy = settings.strategy() == Strategy::StaleWhileRevalidate;
    given.unwrap_or(match policy.ttl {
        Ttl::Milliseconds(ttl) if by_strategy => ttl,
        _ if by_strategy => u64::MAX,
        _ => 0,
    })
}

/// A ttl that is computed is never that of a value which a reference stores: it is not stored.
fn ttl(ttl: &Ttl, runtime: &Runtime) -> TokenStream {
    match ttl {
        Ttl::Milliseconds(milliseconds) => milliseconds.saturating_mul(1_000_000).to_token_stream(),
        Ttl::Constant(path) => {
            let rt = runtime.at(Span::mixed_site());
            quote!({ #rt::in_trait::nanoseconds(#path) })
        }
        Ttl::Computed(_) | Ttl::OfValue(_) => quote!(0),
    }
}

/// The template by the places of its arguments, which a trait may call otherwise than a type does.
fn text(key: &Key, arguments: &Arguments) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Value(value) => format!("<{}>", placeholder(value, arguments)),
    };
    key.parts.iter().map(part).collect()
}

fn placeholder(Value { root, fields, method, .. }: &Value, arguments: &Arguments) -> String {
    let mut path: Vec<String> =
        fields.iter().map(|field| field.to_token_stream().to_string()).collect();
    path.extend(method.as_ref().map(ToString::to_string));
    match root {
        Root::Argument(name) => {
            let place = arguments.typed.iter().position(|argument| argument.names.contains(name));
            let argument = place.and_then(|place| arguments.typed.get(place));
            // a part of what the pattern takes apart is a field where it does not
            if argument.is_some_and(|argument| argument.name().is_none()) {
                path.insert(0, plain(name));
            }
            path.insert(0, place.unwrap_or_default().to_string());
        }
        // a trait reads by a method what a type may read as a field, of whatever
        Root::Receiver(_) => path = vec!["self".to_owned(), path.pop().unwrap_or_default()],
        Root::Constant(constant) => {
            let name = constant.segments.last().map(|last| plain(&last.ident));
            path.insert(0, name.unwrap_or_default());
        }
    }
    path.join(".")
}
