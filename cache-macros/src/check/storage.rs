//! The rules for the options that say where values are kept, and as what.

use syn::{GenericArgument, PathArguments, Type, TypeReference};

use crate::diag::{Errors, with_help};
use crate::parse::options::Options;
use crate::parse::reference::written;
use crate::parse::value::{Lifetime, Ttl};
use crate::parse::words::{Strategy, Tier};

/// Reports options that have no effect together.
pub(super) fn check(options: &Options, errors: &mut Errors) {
    no_effect(options, errors);
    if let Some((local_ttl, ttl)) = above(options) {
        let (local_text, ttl_text) = (local_ttl.literal.value(), ttl.literal.value());
        let message = with_help(
            &format!(
                "`local_ttl = \"{local_text}\"` is above `ttl = \"{ttl_text}\"`: no copy outlives \
                 its value"
            ),
            &format!("write `local_ttl = \"{ttl_text}\"` or less"),
        );
        errors.at(local_ttl.literal.span(), message);
    }
}

/// Reports a `&'static` borrow in the stored type: what comes back from a shared store is owned.
pub(super) fn owned(options: &Options, stored: &Type, errors: &mut Errors) {
    let borrow = borrowed_for_ever(stored);
    let Some(borrow) = borrow.filter(|_| options.settings.tier() != Tier::Local) else { return };
    let owned = match &*borrow.elem {
        Type::Path(path) if path.path.is_ident("str") => "`String` or `Cow<'static, str>`",
        _ => "an owned type",
    };
    let what = format!(
        "`{}` cannot be stored in the cache: what comes back from a shared store is owned",
        written(borrow)
    );
    let help = format!("write {owned}, or keep it in this process with `tier = \"local\"`");
    errors.over(borrow, with_help(&what, &help));
}

/// The first `&'static` borrow in what is certainly stored: an alias may be that of a `Result`, whose error is
/// not stored.
fn borrowed_for_ever(ty: &Type) -> Option<&TypeReference> {
    const OF_VALUES: [&str; 6] = ["Option", "Vec", "Box", "Arc", "HashMap", "BTreeMap"];
    match ty {
        Type::Reference(reference) => {
            let lifetime = reference.lifetime.as_ref();
            lifetime.filter(|lifetime| lifetime.ident == "static").map(|_| reference)
        }
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed_for_ever),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(given) = &last.arguments else { return None };
            let name = last.ident.to_string();
            let stored = match name.as_str() {
                name if name.ends_with("Result") => 1,
                name if OF_VALUES.contains(&name) => given.args.len(),
                _ => 0,
            };
            given.args.iter().take(stored).find_map(|argument| match argument {
                GenericArgument::Type(ty) => borrowed_for_ever(ty),
                _ => None,
            })
        }
        _ => None,
    }
}

/// A `local_ttl` above the `ttl`, where both are text.
pub(super) fn above(options: &Options) -> Option<(&Lifetime, &Lifetime)> {
    let (Some(local_ttl), Some(Ttl::Text(ttl))) =
        (options.settings.local_ttl.value(), options.ttl.value())
    else {
        return None;
    };
    (local_ttl.milliseconds > ttl.milliseconds).then_some((local_ttl, ttl))
}

fn no_effect(options: &Options, errors: &mut Errors) {
    let Some(tier) = options.settings.tier.value() else { return };
    let (written, tier) = (tier.literal.value(), tier.meaning);
    for (row, option) in &options.given {
        if let Some(why) = row.useless(tier) {
            let what = format!("`{option}` has no effect with `tier = \"{written}\"`: {why}");
            errors.at(option.span(), with_help(&what, "leave either out"));
        }
    }
    let strategy = options.settings.strategy.value();
    let lock = strategy.filter(|strategy| strategy.meaning == Strategy::Lock);
    if let (Some(strategy), Tier::Local) = (lock, tier) {
        let message = with_help(
            "`strategy = \"lock\"` has no effect with `tier = \"local\"`: no other process shares \
             the entries, and within one a key is loaded once in any case",
            "leave either out",
        );
        errors.at(strategy.literal.span(), message);
    }
}
