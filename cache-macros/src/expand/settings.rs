//! The settings of a policy, each set where it is not as by default.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::parse::given::Given;
use crate::parse::settings::Settings;
use crate::parse::value::Lifetime;
use crate::parse::words::{Codec, Compression, Strategy, Tier, Word};

/// The calls on a policy. What is as by default is left out: every call is work for the compiler, in each function.
pub(super) fn calls(settings: &Settings, rt: &TokenStream, at: Span) -> TokenStream {
    let time = |option: &Given<Lifetime>| {
        option.value().map(|lifetime| lifetime.milliseconds.to_token_stream())
    };
    let variant = |name: [&str; 2]| {
        let [ty, variant] = name.map(|name| Ident::new(name, at));
        quote_spanned!(at=> #rt::#ty::#variant)
    };
    let version = settings.version.value().filter(|version| **version != 1);
    let share = settings.refresh_ahead.value().map(|share| share.thousandths.to_token_stream());
    let calls = [
        ("none_ttl_ms", time(&settings.none_ttl)),
        ("ttl_only", settings.ttl_only.value().map(|()| TokenStream::new())),
        ("version", version.map(ToTokens::to_token_stream)),
        ("strategy", meaning(&settings.strategy).and_then(strategy).map(variant)),
        ("tier", meaning(&settings.tier).and_then(tier).map(variant)),
        ("refresh_ahead", share),
        ("stale_while_revalidate_ms", time(&settings.stale_while_revalidate)),
        ("patience_ms", time(&settings.patience)),
        ("stale_if_error_ms", time(&settings.stale_if_error)),
        ("hard_timeout_ms", time(&settings.hard_timeout)),
        ("sliding_ms", time(&settings.sliding)),
        ("local_ttl_ms", time(&settings.local_ttl)),
        ("codec", meaning(&settings.codec).map(codec).map(variant)),
        ("compression", meaning(&settings.compression).map(compression).map(variant)),
    ];
    let call = |(setter, value): (&str, Option<TokenStream>)| {
        let setter = Ident::new(setter, at);
        value.map(|value| quote_spanned!(at=> .#setter(#value)))
    };
    calls.into_iter().filter_map(call).collect()
}

fn meaning<T: Copy>(option: &Given<Word<T>>) -> Option<T> {
    option.value().map(|word| word.meaning)
}

fn strategy(strategy: Strategy) -> Option<[&'static str; 2]> {
    match strategy {
        Strategy::CacheAside => None,
        Strategy::ReadThrough => Some(["Strategy", "ReadThrough"]),
        Strategy::Lock => Some(["Strategy", "Lock"]),
        Strategy::RefreshAhead => Some(["Strategy", "RefreshAhead"]),
        Strategy::StaleWhileRevalidate => Some(["Strategy", "StaleWhileRevalidate"]),
        Strategy::WriteThrough => Some(["Strategy", "WriteThrough"]),
    }
}

fn tier(tier: Tier) -> Option<[&'static str; 2]> {
    match tier {
        Tier::All => None,
        Tier::Local => Some(["Tier", "Local"]),
        Tier::Remote => Some(["Tier", "Remote"]),
    }
}

fn codec(codec: Codec) -> [&'static str; 2] {
    match codec {
        Codec::MessagePack => ["Codec", "MessagePack"],
        Codec::Json => ["Codec", "Json"],
    }
}

fn compression(compression: Compression) -> [&'static str; 2] {
    match compression {
        Compression::None => ["Compression", "None"],
        Compression::Lz4 => ["Compression", "Lz4"],
    }
}
