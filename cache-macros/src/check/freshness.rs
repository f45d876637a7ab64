//! The rules for the options that say how fresh a value is: when it is refreshed, and how long it is served stale.
//!
//! What a method has from its block may mean nothing for it, and something for the others: it is not reported.

use syn::{Ident, Signature};

use crate::diag::{Errors, with_help};
use crate::model::Ttl as ModelTtl;
use crate::parse::given::Given;
use crate::parse::options::Options;
use crate::parse::value::{Lifetime, Ttl};
use crate::parse::words::Strategy;
use crate::parse::{signature, types};

/// Reports what has no effect on a function; the rules of loads are those of functions that make any.
pub(super) fn check(options: &Options, signature: &Signature, loads: bool, errors: &mut Errors) {
    together(options, errors);
    sliding(options, errors);
    if loads {
        patience(options, errors);
        on_timeout(options, errors);
    }
    let fails = || signature::returned(signature).is_some_and(|ty| !types::is_no_result(&ty));
    if let Some(option) = own(&options.settings.stale_if_error)
        && !fails()
    {
        let name = &signature.ident;
        let what = format!("`stale_if_error` has no effect: `{name}` returns no `Result`");
        errors.at(option.span(), with_help(&what, "leave it out"));
    }
}

/// Reports options that have no effect together, on a function or a block.
pub(super) fn together(options: &Options, errors: &mut Errors) {
    let settings = &options.settings;
    let (patience, timeout) = (&settings.patience, &settings.hard_timeout);
    if let (Some(patience), Some(timeout)) = (own_value(patience), timeout.value())
        && patience.milliseconds >= timeout.milliseconds
    {
        let what = format!(
            "{} is not below {}: by then the stale value is served in any case",
            shown("patience", patience),
            shown("hard_timeout", timeout)
        );
        let help = "write a shorter time, or leave it out to be served at once";
        errors.at(patience.literal.span(), with_help(&what, help));
    }
    if let (Some(after_error), Some((window, written))) =
        (own_value(&settings.stale_if_error), window(options))
        && after_error.milliseconds <= window
    {
        let what = format!(
            "{} has no effect: with {written} the old value is served for as long without waiting \
             for a load",
            shown("stale_if_error", after_error),
        );
        let help =
            "write a longer time, because both count from the end of the ttl, or leave it out";
        errors.at(after_error.literal.span(), with_help(&what, help));
    }
}

/// Reports a computed ttl, which no hit can renew.
pub(super) fn renewed(options: &Options, ttl: &ModelTtl, errors: &mut Errors) {
    let Some(option) = options.settings.sliding.name() else { return };
    if matches!(ttl, ModelTtl::Computed(_) | ModelTtl::OfValue(_)) {
        let what = "`sliding` renews a ttl that all entries have, and this one is computed";
        let help = "write the ttl as text or as a constant, or leave `sliding` out";
        errors.at(option.span(), with_help(what, help));
    }
}

/// How long a value is served stale, and the option that says so.
fn window(options: &Options) -> Option<(u64, String)> {
    let written = |time: &Lifetime| (time.milliseconds, shown("stale_while_revalidate", time));
    let window = options.settings.stale_while_revalidate.value().map(written);
    window.or_else(|| match options.ttl.value() {
        Some(Ttl::Text(ttl)) if is(options, Strategy::StaleWhileRevalidate) => {
            Some((ttl.milliseconds, "`strategy = \"stale_while_revalidate\"`".to_owned()))
        }
        _ => None,
    })
}

fn patience(options: &Options, errors: &mut Errors) {
    let settings = &options.settings;
    let window = settings.stale_while_revalidate.is_given()
        || settings.strategy.is_misread()
        || is(options, Strategy::StaleWhileRevalidate);
    if let (Some(option), false) = (own(&settings.patience), window) {
        let message = with_help(
            "`patience` has no effect: nothing stale is served that a call would be given after it",
            "add `stale_while_revalidate = \"5m\"`, or leave it out",
        );
        errors.at(option.span(), message);
    }
}

fn on_timeout(options: &Options, errors: &mut Errors) {
    let settings = &options.settings;
    if let (Some(option), false) = (settings.on_timeout.name(), settings.hard_timeout.is_given()) {
        let message = with_help(
            "`on_timeout` has no effect without `hard_timeout`: a call waits for its load",
            "add `hard_timeout = \"2s\"`, or leave it out",
        );
        errors.at(option.span(), message);
    }
    if let Some(closure) = settings.on_timeout.value()
        && closure.inputs.len() != 1
    {
        let message = with_help(
            "the closure of `on_timeout` gets one argument, the error",
            "write `on_timeout = |error| ...`",
        );
        errors.over(closure.inputs_begin, message);
    }
}

fn sliding(options: &Options, errors: &mut Errors) {
    let settings = &options.settings;
    if let (Some(sliding), Some(Ttl::Text(ttl))) = (settings.sliding.value(), options.ttl.value())
        && sliding.milliseconds <= ttl.milliseconds
    {
        let what = format!(
            "{} is not above {}: no hit could renew a value beyond it",
            shown("sliding", sliding),
            shown("ttl", ttl)
        );
        errors.at(sliding.literal.span(), with_help(&what, "write a longer time, or leave it out"));
    }
    if !settings.sliding.is_given() {
        return;
    }
    let literal = settings.strategy.value().filter(|_| is(options, Strategy::RefreshAhead));
    let option = settings.refresh_ahead.name().map(Ident::span);
    if let Some(at) = option.or(literal.map(|word| word.literal.span())) {
        let message = with_help(
            "`refresh_ahead` has no effect with `sliding`: each hit renews the ttl, so that its share \
             never passes",
            "leave either out",
        );
        errors.at(at, message);
    }
}

fn is(options: &Options, strategy: Strategy) -> bool {
    options.settings.strategy() == strategy
}

/// The name of an option where the function, or the block, gives it itself.
fn own<T>(option: &Given<T>) -> Option<&Ident> {
    option.name().filter(|_| !option.is_inherited())
}

fn own_value(option: &Given<Lifetime>) -> Option<&Lifetime> {
    option.value().filter(|_| !option.is_inherited())
}

fn shown(option: &str, time: &Lifetime) -> String {
    format!("`{option} = \"{}\"`", time.literal.value())
}
