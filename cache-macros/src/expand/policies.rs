//! `policies!`, and what every other macro adds so that the compiler holds it against the rest of
//! the crate.
//!
//! Keys become functions of one type and tags its constants, so that a second function with one
//! key, and a tag that is not declared, are errors of the compiler. In a crate without `policies!`
//! the types that are found are local ones, which agree to everything.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::key::{fingerprint, located};
use super::{Runtime, constants, hidden, named};
use crate::model::{Cached, Key, Owner, Policies};

/// The types that the attributes of the crate find at its root. All of it is `at` the first option.
pub(crate) fn declarations(policies: &Policies, at: Span) -> TokenStream {
    let constants = policies.tags.iter().map(|(shape, span)| {
        let name = Ident::new(&name(shape), hidden(*span));
        quote!(pub(crate) const #name: () = ();)
    });
    let rt = Runtime::of(policies.runtime.clone()).at(hidden(at));
    let at_the_root = at_the_root(&rt, at);
    quote_spanned! {hidden(at)=>
        #[doc(hidden)]
        #[allow(dead_code, missing_debug_implementations)]
        pub(crate) struct CachePolicies {}
        #[doc(hidden)]
        #[allow(dead_code, missing_debug_implementations)]
        pub(crate) struct TagsListedInPolicies {}
        #[allow(dead_code, non_upper_case_globals)]
        impl TagsListedInPolicies {
            #(#constants)*
        }
        #at_the_root
        #[cfg(test)]
        #[::core::prelude::v1::test]
        fn cache_policies() {
            #rt::assert_policies();
        }
    }
}

/// The proof that the attributes will find what `policies!` declares. A path does not tell a function from the
/// module around it, so they are looked for in the same way.
fn at_the_root(rt: &TokenStream, at: Span) -> TokenStream {
    quote_spanned! {hidden(at)=>
        #[allow(dead_code, non_local_definitions, unused_imports, clippy::all, clippy::pedantic)]
        const _: () = {
            type __CachePoliciesHere = CachePolicies;
            const _: () = {
                struct CachePolicies {}
                const _: () = {
                    use crate::*;
                    #rt::at_the_root::<__CachePoliciesHere, CachePolicies>();
                };
            };
        };
    }
}

/// Holds the key and the tags of a cached function against the crate's.
pub(super) fn declared(cached: &Cached, runtime: &Runtime, at: Span) -> TokenStream {
    let span = hidden(cached.key.literal.span());
    let slot = cached.policy.settings.cache.value();
    // keys of two caches never meet
    let slot =
        slot.map(|path| format!("_in_{}", name(&quote!(#path).to_string().replace(' ', ""))));
    let slot = slot.unwrap_or_default();
    // what a trait only declares is cached by the types that implement it
    if matches!(cached.owner, Owner::Trait { provided: false, .. }) {
        return in_crate(&cached.tags, at, &TokenStream::new(), |uses| uses);
    }
    let has_constants = cached.key.constants().next().is_some();
    let key = name(&cached.key.shape);
    let function = Ident::new(&format!("two_functions_share_the_key_{key}{slot}"), span);
    let value = named::in_function(cached).filter(|_| !has_constants);
    let value = value.map(|value| located(&value, span));
    if cached.writes.is_some() {
        return in_crate(&cached.tags, at, &TokenStream::new(), |uses| {
            let as_read = value.map(|value| written_as_read(cached, &function, &value, runtime));
            quote!(#uses #as_read)
        });
    }
    if !has_constants {
        let rt = runtime.at(span);
        let read = value.as_ref().map(|value| quote_spanned!(span=> -> #rt::Kind<#value>));
        let made = value.as_ref().map(|_| quote_spanned!(span=> #rt::Kind::new()));
        return in_crate(&cached.tags, at, &TokenStream::new(), |uses| {
            quote_spanned! {span=>
                impl CachePolicies {
                    pub(crate) fn #function() #read { #uses #made }
                }
            }
        });
    }
    let Some(key) = constants::evaluated(cached, &slot, runtime) else {
        return in_crate(&cached.tags, at, &TokenStream::new(), |uses| uses);
    };
    let rt = runtime.at(span);
    let evaluated = quote_spanned!(span=> const __CACHE_KEY: u64 = #key;);
    in_crate(&cached.tags, at, &evaluated, |uses| {
        quote_spanned! {span=>
            impl #rt::TwoFunctionsShareAKey<{ __CACHE_KEY }> for CachePolicies {}
            #uses
        }
    })
}

/// Demands that a function writes what the reader of its key reads. Where the crate has no such reader, or one whose type
/// cannot be named, the function of the trait is found, or says nothing, and everything agrees.
///
/// All of it is at the key, or rustc reports it at each place.
fn written_as_read(
    cached: &Cached,
    reader: &Ident,
    value: &Ident,
    runtime: &Runtime,
) -> TokenStream {
    let span = hidden(cached.key.literal.span());
    let rt = runtime.at(span);
    quote_spanned! {span=>
        trait NoReader {
            fn #reader() {}
        }
        impl NoReader for CachePolicies {}
        let _ = || {
            use #rt::shapes::*;
            let __written = #rt::Kind::<#value>::new();
            let __read = #rt::read_kind(CachePolicies::#reader(), &__written);
            let __read = (&&(&&&&__read).__wrap()).__hold();
            let __written = (&&(&&&&__written).__wrap()).__hold();
            #rt::written_as_read(__read, __written);
        };
    }
}

/// Holds the tags that are invalidated against the crate's.
pub(super) fn used(tags: &[Key]) -> Option<TokenStream> {
    (!tags.is_empty()).then(|| in_crate(tags, Span::mixed_site(), &TokenStream::new(), |uses| uses))
}

/// The block in which a policy is held against the crate's types; what is `checked` is given the uses of the
/// tags. The inner import finds the crate's types if there are any, and hides the local ones then; it hides
/// what is in scope as well, so that `before` stands outside of it.
///
/// As few constants and functions as possible, because each is work for the compiler in every annotated function.
fn in_crate(
    tags: &[Key],
    at: Span,
    before: &TokenStream,
    checked: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let name_of = |tag: &Key| Ident::new(&name(&tag.shape), hidden(tag.literal.span()));
    let names: BTreeMap<String, Ident> =
        tags.iter().map(name_of).map(|name| (name.to_string(), name)).collect();
    // not hidden, or rustc would not say which name is similar
    let uses: TokenStream = tags
        .iter()
        .map(|tag| {
            let name = Ident::new(&name(&tag.shape), tag.literal.span());
            let ty = hidden(tag.literal.span());
            quote_spanned!(ty=> TagsListedInPolicies::#name;)
        })
        .collect();
    let checked = checked(uses);
    // variants, because a constant is work for the compiler
    let listed = (!names.is_empty()).then(|| {
        let names = names.values();
        quote_spanned!(at=> enum TagsListedInPolicies { #(#names),* })
    });
    quote_spanned! {at=>
        #[allow(non_local_definitions)]
        const _: () = {
            struct CachePolicies {}
            #listed
            #before
            {
                use crate::*;
                #checked
            }
        };
    }
}

/// A name for a shape, or a path: readable, and another one for each.
fn name(shape: &str) -> String {
    let plain = shape.replace("<>", "ARG").replace(':', "__");
    let reversible = !shape.contains("ARG")
        && !["__", "_:", ":_"].iter().any(|ambiguous| shape.contains(ambiguous))
        // rustc reports by itself what it cannot split into tokens, such as `a"`
        && plain.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        && !plain.starts_with(|c: char| c.is_ascii_digit())
        && syn::parse_str::<Ident>(&plain).is_ok();
    if reversible {
        return plain;
    }
    let kept = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let kept: String = plain.chars().map(kept).collect();
    format!("_{kept}_{:x}", fingerprint(shape))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_readable_and_differ_where_shapes_do() {
        assert_eq!(name("user"), "user");
        assert_eq!(name("user:<>"), "user__ARG");
        let alike =
            ["a:b", "a__b", "a::b", "a_:b", "a:_b", "a-b", "a/b", "a_b", "aARG", "a<>", "a\"b"];
        let names: std::collections::BTreeSet<_> = alike.iter().map(|shape| name(shape)).collect();
        assert_eq!(names.len(), alike.len(), "{names:?}");
        for odd in ["type", "self", "7", "0b9", "_", "ü", "crate", "a:", "a\"", "a'", "a/*"] {
            assert!(syn::parse_str::<syn::Ident>(&name(odd)).is_ok(), "{odd}: {}", name(odd));
        }
    }
}
