//! The rules for the options that say what is stored, by whom, and for how long.

use syn::{Expr, ExprClosure, Ident, Path, Signature};

use super::{freshness, storage};
use crate::diag::{Errors, with_help};
use crate::model::{Policy, Ttl};
use crate::parse::args::{Arguments, plain};
use crate::parse::options::Options;
use crate::parse::value::{Lifetime, Ttl as WrittenTtl};

/// Checks every option that is not about arguments; `None` if there is no usable ttl.
pub(crate) fn check(
    options: &Options,
    signature: &Signature,
    errors: &mut Errors,
) -> Option<Policy> {
    let settings = &options.settings;
    if let (Some(WrittenTtl::Text(ttl)), Some(none_ttl)) =
        (options.ttl.value(), settings.none_ttl.value())
    {
        no_longer(none_ttl, ttl, errors);
    }
    if let Some(closure) = settings.store_if.value() {
        one_parameter("store_if", closure, errors);
    }
    if let Some(name) = settings.cache.value().and_then(Path::get_ident) {
        no_argument(name, signature, errors);
    }
    let ttl = ttl(options, signature, errors);
    storage::check(options, errors);
    if let Some(ttl) = &ttl {
        freshness::renewed(options, ttl, errors);
    }
    Some(Policy { ttl: ttl?, settings: settings.clone() })
}

/// Reports an argument in the place of a static: all calls of a function share one cache.
fn no_argument(name: &Ident, signature: &Signature, errors: &mut Errors) {
    if Arguments::of(signature).find(&plain(name)).is_some() {
        let message = with_help(
            &format!("`{name}` is an argument, and `cache` takes a static"),
            "write `cache = CATALOG`, with `static CATALOG: CacheSlot`; leave it out for the installed cache",
        );
        errors.at(name.span(), message);
    }
}

fn ttl(options: &Options, signature: &Signature, errors: &mut Errors) -> Option<Ttl> {
    if !options.ttl.is_given() {
        let name = &signature.ident;
        let message = with_help(
            &format!(
                "`{name}` has no `ttl`: after one missed invalidation it would be stale for ever"
            ),
            "write `ttl = \"10m\"`, or `ttl = \"365d\"` if you mean it",
        );
        errors.at(name.span(), message);
    }
    Some(match options.ttl.value()? {
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
