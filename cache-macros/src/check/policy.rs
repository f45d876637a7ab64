//! The rules for the options that say what is stored, by whom, and for how long.

use proc_macro2::Span;
use syn::{Expr, ExprClosure, LitStr, Path, Signature};

use super::storage::{self, Storage};
use crate::diag::{Errors, listed, nearest, with_help};
use crate::model::{Policy, Strategy, Ttl};
use crate::parse::attr::Options;
use crate::parse::value::{Lifetime, Ttl as WrittenTtl};

const STRATEGIES: [&str; 7] = [
    "cache_aside",
    "read_through",
    "lock",
    "refresh_ahead",
    "stale_while_revalidate",
    "write_through",
    "write_behind",
];

/// Checks every option that is not about arguments; `None` if there is no usable ttl.
pub(crate) fn check(
    options: &Options,
    signature: &Signature,
    errors: &mut Errors,
) -> Option<Policy> {
    let none_ttl = options.none_ttl.as_ref();
    if let (Some(WrittenTtl::Text(ttl)), Some(none_ttl)) = (&options.ttl, none_ttl) {
        no_longer(none_ttl, ttl, errors);
    }
    if let Some(closure) = &options.store_if {
        one_parameter("store_if", closure, errors);
    }
    let ttl = ttl(options, signature, errors);
    let Storage { tier, local_ttl, codec, compression } = storage::check(options, errors);
    let strategy = options.strategy.as_ref().and_then(|name| errors.keep(strategy(name)));
    let version = options.version.as_ref().and_then(|number| errors.keep(parse_version(number)));
    Some(Policy {
        ttl: ttl?,
        none_ttl: none_ttl.map(|none_ttl| none_ttl.milliseconds),
        when: options.when.clone(),
        store_if: options.store_if.clone(),
        version: version.unwrap_or(1),
        tier,
        local_ttl,
        codec,
        compression,
        strategy: strategy.unwrap_or(Strategy::CacheAside),
        cache: options.cache.clone(),
    })
}

fn ttl(options: &Options, signature: &Signature, errors: &mut Errors) -> Option<Ttl> {
    if !options.gives("ttl") {
        let name = &signature.ident;
        let message = with_help(
            &format!(
                "`{name}` has no `ttl`: after one missed invalidation it would be stale for ever"
            ),
            "write `ttl = \"10m\"`, or `ttl = \"365d\"` if you mean it",
        );
        errors.at(name.span(), message);
    }
    Some(match options.ttl.as_ref()? {
        WrittenTtl::Text(lifetime) => Ttl::Milliseconds(lifetime.milliseconds),
        WrittenTtl::Closure(closure) => {
            one_parameter("ttl", closure, errors);
            Ttl::OfValue(closure.clone())
        }
        WrittenTtl::Expression(Expr::Path(value))
            if value.qself.is_none() && is_constant(&value.path, signature) =>
        {
            Ttl::Constant(value.path.clone())
        }
        WrittenTtl::Expression(value) => Ttl::Computed(value.clone()),
    })
}

/// Whether a `static` can use the path: it is spelt as a constant, and does not depend on the
/// type parameters around the function.
fn is_constant(path: &Path, signature: &Signature) -> bool {
    let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else {
        return false;
    };
    let parameter = signature.generics.type_params().any(|param| param.ident == first.ident)
        || signature.generics.const_params().any(|param| param.ident == first.ident);
    let screaming = !last.ident.to_string().chars().any(char::is_lowercase);
    screaming && !parameter && first.ident != "Self"
}

fn no_longer(none_ttl: &Lifetime, ttl: &Lifetime, errors: &mut Errors) {
    if none_ttl.milliseconds > ttl.milliseconds {
        let (none_text, ttl_text) = (none_ttl.literal.value(), ttl.literal.value());
        let message = with_help(
            &format!(
                "`none_ttl = \"{none_text}\"` is above `ttl = \"{ttl_text}\"`: a cached `None` \
                 would outlive every value"
            ),
            &format!("write `none_ttl = \"{ttl_text}\"` or less"),
        );
        errors.at(none_ttl.literal.span(), message);
    }
}

fn one_parameter(option: &str, closure: &ExprClosure, errors: &mut Errors) {
    if closure.inputs.len() != 1 {
        let message = with_help(
            &format!("the closure of `{option}` gets one argument, the value"),
            &format!("write `{option} = |value| ...`"),
        );
        errors.over(closure.inputs_begin, message);
    }
}

pub(super) fn strategy(literal: &LitStr) -> syn::Result<Strategy> {
    let written = literal.value();
    match written.as_str() {
        "cache_aside" => return Ok(Strategy::CacheAside),
        "write_through" => return Ok(Strategy::WriteThrough),
        "lock" => return Ok(Strategy::Lock),
        _ => {}
    }
    if STRATEGIES.contains(&written.as_str()) {
        return Err(later(literal.span(), &format!("`strategy = \"{written}\"`")));
    }
    let help = match nearest(&written, STRATEGIES) {
        Some(meant) => format!("write `strategy = \"{meant}\"`"),
        None => format!("the strategies are {}", listed(STRATEGIES)),
    };
    let message = with_help(&format!("`{written}` is not a strategy"), &help);
    Err(syn::Error::new(literal.span(), message))
}

fn later(span: Span, what: &str) -> syn::Error {
    let message = with_help(&format!("{what} is not supported yet"), "leave it out for now");
    syn::Error::new(span, message)
}

fn parse_version(number: &syn::LitInt) -> syn::Result<u32> {
    match number.base10_parse::<u32>() {
        Ok(version) if version > 0 => Ok(version),
        _ => {
            let message = with_help(
                &format!("`{number}` is not a version: versions are counted from 1"),
                "write `version = 2`",
            );
            Err(syn::Error::new(number.span(), message))
        }
    }
}
