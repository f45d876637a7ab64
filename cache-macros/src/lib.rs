//! The attributes of `cache-runtime`, which re-exports them: depend on that crate, not on this.
//!
//! Every attribute is compiled in three steps, each in a folder of its own: `parse` reads the
//! tokens as written, `check` turns them into the model in which every rule holds, `expand`
//! turns the model into code and cannot fail. `compile` takes each attribute through them.

mod check;
mod compile;
mod diag;
mod expand;
mod model;
mod parse;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/cached.md")]
#[proc_macro_attribute]
#[doc(alias(
    "cache-aside",
    "coalescing",
    "dogpile",
    "memoize",
    "negative caching",
    "single-flight",
    "singleflight",
    "stampede",
    "thundering herd"
))]
pub fn cached(options: TokenStream, item: TokenStream) -> TokenStream {
    compile::cached::attribute(options.into(), &item.into()).into()
}

#[doc = include_str!("../docs/cache_policy.md")]
#[proc_macro_attribute]
pub fn cache_policy(options: TokenStream, item: TokenStream) -> TokenStream {
    compile::cache_policy::attribute(options.into(), &item.into()).into()
}

#[doc = include_str!("../docs/policies.md")]
#[proc_macro]
pub fn policies(options: TokenStream) -> TokenStream {
    compile::policies::items(options.into()).into()
}

#[doc = include_str!("../docs/key_part.md")]
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn key_part(item: TokenStream) -> TokenStream {
    compile::key_part::derive(item.into()).into()
}

#[doc = include_str!("../docs/invalidates.md")]
#[proc_macro_attribute]
#[doc(alias("bust", "cache busting", "evict", "expire", "purge"))]
pub fn invalidates(targets: TokenStream, item: TokenStream) -> TokenStream {
    compile::invalidates::attribute(targets.into(), &item.into()).into()
}

#[doc = include_str!("../docs/invalidate.md")]
#[proc_macro]
#[doc(alias("bust", "evict", "purge"))]
pub fn invalidate(targets: TokenStream) -> TokenStream {
    compile::invalidate::expression(targets.into()).into()
}

#[doc = include_str!("../docs/entry.md")]
#[proc_macro]
pub fn entry(reference: TokenStream) -> TokenStream {
    compile::entry::expression(reference.into()).into()
}

/// `#[cache_policy]` below mockall's `#[automock]`, by a name under which that leaves it on the trait alone.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn auto_impl(options: TokenStream, item: TokenStream) -> TokenStream {
    compile::cache_policy::mocked(options.into(), item.into()).into()
}

/// Lends its name to the error about a reference to a function that is not cached, which says no
/// more than "expected type, found function".
#[doc(hidden)]
#[proc_macro]
pub fn only_functions_with_the_cached_attribute_have_entries(path: TokenStream) -> TokenStream {
    expand::bounds::renamed(path.into()).into()
}

/// Lends its name to the error about a reference to a method without its receiver, where no function has its name.
#[doc(hidden)]
#[proc_macro]
pub fn a_method_is_named_with_self_in_front(path: TokenStream) -> TokenStream {
    expand::bounds::renamed(path.into()).into()
}

/// Lends its name to the error about the companion of a function that stands in an `impl`.
#[doc(hidden)]
#[proc_macro]
pub fn an_associated_function_needs_cache_policy_above_its_impl(
    companion: TokenStream,
) -> TokenStream {
    expand::bounds::renamed_items(companion.into()).into()
}

/// Puts items beside a struct, but only where that may be. Lends its name to the error about the name of the struct, which
/// another type or a module has.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn cached_adds_a_type_of_this_name_unless_companion_gives_another(
    items: TokenStream,
    item: TokenStream,
) -> TokenStream {
    TokenStream::from(expand::bounds::renamed_items(item.into())).into_iter().chain(items).collect()
}

/// Lends its name to the errors about the hidden functions of a method that belongs to a trait.
#[doc(hidden)]
#[proc_macro]
pub fn an_impl_of_a_trait_needs_cache_policy_above_it(functions: TokenStream) -> TokenStream {
    expand::bounds::renamed_items(functions.into()).into()
}

/// Lends its name to the errors about the hidden functions of two methods of one name.
#[doc(hidden)]
#[proc_macro]
pub fn methods_of_one_name_need_different_companions(functions: TokenStream) -> TokenStream {
    expand::bounds::renamed_items(functions.into()).into()
}

/// Lends its name to an error about a struct expression, below which rustc puts the name of the
/// macro that the expression came from: there is no other way to word that error.
#[doc(hidden)]
#[proc_macro]
pub fn every_field_is_in_the_key_or_in_skip(expression: TokenStream) -> TokenStream {
    expand::bounds::renamed(expression.into()).into()
}

/// The grammar of durations as a module `grammar`, for `cache-runtime`: this crate can share nothing but macros.
#[doc(hidden)]
#[proc_macro]
pub fn duration_grammar(_: TokenStream) -> TokenStream {
    let module = concat!("mod grammar {", include_str!("parse/duration_grammar.rs"), "}");
    module.parse().unwrap_or_default()
}

// What the README of the crate shows has to compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
