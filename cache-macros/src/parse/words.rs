//! Options whose values are words, and what each word means.

use proc_macro2::Span;
use syn::LitStr;

use super::duration;
use super::value::{self, Reading};
use crate::diag::{listed, nearest, with_help};

/// The value of an option that takes one of a few words.
#[derive(Clone)]
pub(crate) struct Word<T> {
    pub(crate) literal: LitStr,
    pub(crate) meaning: T,
}

/// The strategy of a policy: who loads a value, and who waits for it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Strategy {
    CacheAside,
    ReadThrough,
    Lock,
    RefreshAhead,
    StaleWhileRevalidate,
    WriteThrough,
}

/// The tiers in which values are kept.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tier {
    All,
    Local,
    Remote,
}

/// The encoding of stored values.
#[derive(Clone, Copy)]
pub(crate) enum Codec {
    MessagePack,
    Json,
}

/// The compression of stored values.
#[derive(Clone, Copy)]
pub(crate) enum Compression {
    None,
    Lz4,
}

/// The guard that keeps loads from storing an entry while a function writes it.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    Off,
    /// A deadline in milliseconds.
    For(u64),
    /// The function does not run without it. Where `?` is underlined.
    Required(Span),
}

const STRATEGIES: [(&str, Option<Strategy>); 7] = [
    ("cache_aside", Some(Strategy::CacheAside)),
    ("read_through", Some(Strategy::ReadThrough)),
    ("lock", Some(Strategy::Lock)),
    ("refresh_ahead", Some(Strategy::RefreshAhead)),
    ("stale_while_revalidate", Some(Strategy::StaleWhileRevalidate)),
    ("write_through", Some(Strategy::WriteThrough)),
    ("write_behind", None),
];

/// Reads `strategy`, one of whose words is not there yet.
pub(super) fn strategy(option: &mut Reading<'_>) -> syn::Result<Word<Strategy>> {
    let literal = value::text(option)?;
    let written = literal.value();
    let names = || STRATEGIES.iter().map(|(name, _)| *name);
    let known = STRATEGIES.iter().find(|(name, _)| *name == written);
    let message = match known {
        Some((_, Some(meaning))) => return Ok(Word { literal, meaning: *meaning }),
        Some((_, None)) => with_help(
            &format!("`strategy = \"{written}\"` is not supported yet"),
            "leave it out for now",
        ),
        None => {
            let help = match nearest(&written, names()) {
                Some(meant) => format!("write `strategy = \"{meant}\"`"),
                None => format!("the strategies are {}", listed(names())),
            };
            with_help(&format!("`{written}` is not a strategy"), &help)
        }
    };
    Err(syn::Error::new(literal.span(), message))
}

/// Reads `tier`.
pub(super) fn tier(option: &mut Reading<'_>) -> syn::Result<Word<Tier>> {
    let tiers = [("local", Tier::Local), ("remote", Tier::Remote)];
    word(option, "tier", tiers, "; leave `tier` out for both")
}

/// Reads `codec`.
pub(super) fn codec(option: &mut Reading<'_>) -> syn::Result<Word<Codec>> {
    word(option, "codec", [("msgpack", Codec::MessagePack), ("json", Codec::Json)], "")
}

/// Reads `compress`.
pub(super) fn compression(option: &mut Reading<'_>) -> syn::Result<Word<Compression>> {
    word(option, "compression", [("lz4", Compression::Lz4), ("none", Compression::None)], "")
}

/// Reads `guard`: a word, or a duration.
pub(super) fn guard(option: &mut Reading<'_>) -> syn::Result<Word<Guard>> {
    let literal = value::text(option)?;
    let written = literal.value();
    let meaning = match written.as_str() {
        "off" => Guard::Off,
        "required" => Guard::Required(literal.span()),
        text if text.starts_with(|c: char| c.is_ascii_digit()) => {
            Guard::For(duration::parse("guard", option.zero, &literal)?)
        }
        _ => {
            let help = match nearest(&written, ["off", "required"]) {
                Some(meant) => format!("write `guard = \"{meant}\"`"),
                None => {
                    "write a duration such as `\"10s\"`, or `\"off\"`, or `\"required\"`".to_owned()
                }
            };
            let message = with_help(&format!("`{written}` is not a guard"), &help);
            return Err(syn::Error::new(literal.span(), message));
        }
    };
    Ok(Word { literal, meaning })
}

/// Reads one of a few words; the error names the nearest one, or all of them.
fn word<T, const N: usize>(
    option: &mut Reading<'_>,
    noun: &str,
    words: [(&str, T); N],
    or: &str,
) -> syn::Result<Word<T>> {
    let literal = value::text(option)?;
    let written = literal.value();
    let names = words.each_ref().map(|(name, _)| *name);
    if let Some((_, meaning)) = words.into_iter().find(|(name, _)| *name == written) {
        return Ok(Word { literal, meaning });
    }
    let help = match nearest(&written, names) {
        Some(meant) => format!("write `{} = \"{meant}\"`", option.name),
        None => format!("the {noun}s are {}{or}", listed(names)),
    };
    let message = with_help(&format!("`{written}` is not a {noun}"), &help);
    Err(syn::Error::new(literal.span(), message))
}
