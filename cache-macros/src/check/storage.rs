//! The rules for the options that say where values are kept, and as what.

use syn::{GenericArgument, Ident, LitStr, PathArguments, Type, TypeReference};

use crate::diag::{Errors, listed, nearest, with_help};
use crate::model::{Codec, Compression, Tier};
use crate::parse::attr::Options;
use crate::parse::reference::written;
use crate::parse::value::{Lifetime, Ttl};

/// Where values are kept, and as what. What is not said has the default of the runtime.
pub(super) struct Storage {
    pub(super) tier: Tier,
    pub(super) local_ttl: Option<u64>,
    pub(super) codec: Option<Codec>,
    pub(super) compression: Option<Compression>,
}

/// Checks each option, and those together that have no effect together.
pub(super) fn check(options: &Options, errors: &mut Errors) -> Storage {
    let tier = options.tier.as_ref().and_then(|written| errors.keep(parse_tier(written)));
    let codec = options.codec.as_ref().and_then(|written| errors.keep(parse_codec(written)));
    let compression = options.compress.as_ref();
    let compression = compression.and_then(|written| errors.keep(parse_compression(written)));
    let tier = tier.unwrap_or(Tier::All);
    no_effect(options, tier, errors);
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
    let local_ttl = options.local_ttl.as_ref().map(|local_ttl| local_ttl.milliseconds);
    Storage { tier, local_ttl, codec, compression }
}

/// Reports a borrow for ever in what is stored: what comes back from a shared store is owned.
pub(super) fn owned(options: &Options, stored: &Type, errors: &mut Errors) {
    let borrow = borrowed_for_ever(stored);
    let Some(borrow) = borrow.filter(|_| tier(options) != Tier::Local) else { return };
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

/// Looks into what certainly stores what it is of: an alias may be that of a `Result`, whose error
/// is not stored.
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

/// Why an option means nothing in this tier; `None` if it means something.
pub(super) fn useless(option: &Ident, tier: Tier) -> Option<&'static str> {
    match (option.to_string().as_str(), tier) {
        ("local_ttl", Tier::Local) => Some("what is in this process lives for its `ttl`"),
        ("local_ttl", Tier::Remote) => Some("this process keeps no copy"),
        ("codec" | "compress", Tier::Local) => Some("what stays in this process is not encoded"),
        _ => None,
    }
}

/// A `local_ttl` above the `ttl`, where both are text.
pub(super) fn above(options: &Options) -> Option<(&Lifetime, &Lifetime)> {
    let (Some(local_ttl), Some(Ttl::Text(ttl))) = (&options.local_ttl, &options.ttl) else {
        return None;
    };
    (local_ttl.milliseconds > ttl.milliseconds).then_some((local_ttl, ttl))
}

/// The tier that is written, if it is one.
pub(super) fn tier(options: &Options) -> Tier {
    options.tier.as_ref().and_then(|written| parse_tier(written).ok()).unwrap_or(Tier::All)
}

fn no_effect(options: &Options, tier: Tier, errors: &mut Errors) {
    let Some(written) = options.tier.as_ref().map(LitStr::value) else { return };
    for option in &options.named {
        if let Some(why) = useless(option, tier) {
            let what = format!("`{option}` has no effect with `tier = \"{written}\"`: {why}");
            errors.at(option.span(), with_help(&what, "leave either out"));
        }
    }
    let strategy = options.strategy.as_ref().filter(|strategy| strategy.value() == "lock");
    if let (Some(strategy), Tier::Local) = (strategy, tier) {
        let message = with_help(
            "`strategy = \"lock\"` has no effect with `tier = \"local\"`: no other process shares \
             the entries, and within one a key is loaded once in any case",
            "leave either out",
        );
        errors.at(strategy.span(), message);
    }
}

fn parse_tier(written: &LitStr) -> syn::Result<Tier> {
    let tiers = [("local", Tier::Local), ("remote", Tier::Remote)];
    meaning(written, ["tier", "tier"], tiers, "; leave `tier` out for both")
}

fn parse_codec(written: &LitStr) -> syn::Result<Codec> {
    let codecs = [("msgpack", Codec::MessagePack), ("json", Codec::Json)];
    meaning(written, ["codec", "codec"], codecs, "")
}

fn parse_compression(written: &LitStr) -> syn::Result<Compression> {
    let compressions = [("lz4", Compression::Lz4), ("none", Compression::None)];
    meaning(written, ["compress", "compression"], compressions, "")
}

/// What the word means; the error names the nearest one, or all of them.
fn meaning<T, const N: usize>(
    written: &LitStr,
    [option, noun]: [&str; 2],
    words: [(&str, T); N],
    or: &str,
) -> syn::Result<T> {
    let word = written.value();
    let names = words.each_ref().map(|(name, _)| *name);
    if let Some((_, meaning)) = words.into_iter().find(|(name, _)| *name == word) {
        return Ok(meaning);
    }
    let help = match nearest(&word, names) {
        Some(meant) => format!("write `{option} = \"{meant}\"`"),
        None => format!("the {noun}s are {}{or}", listed(names)),
    };
    let message = with_help(&format!("`{word}` is not a {noun}"), &help);
    Err(syn::Error::new(written.span(), message))
}
