//! Durations as text, and what to write instead of one that is none.

use syn::LitStr;

use super::duration_grammar::{Flaw, Part, UNITS, in_order, parts};
use crate::diag::{listed, nearest, with_help};

/// Other spellings of units, and the unit.
const OTHER_SPELLINGS: [(&str, &str); 20] = [
    ("week", "w"),
    ("weeks", "w"),
    ("day", "d"),
    ("days", "d"),
    ("hour", "h"),
    ("hours", "h"),
    ("hr", "h"),
    ("hrs", "h"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
];

/// Reads the text of `option` as milliseconds, never zero.
pub(super) fn parse(option: &str, zero: Option<Zero>, literal: &LitStr) -> syn::Result<u64> {
    milliseconds(option, zero, &literal.value())
        .map_err(|message| syn::Error::new(literal.span(), message))
}

/// Whether text is a duration.
pub(super) fn is_duration(literal: &LitStr) -> bool {
    milliseconds("ttl", None, &literal.value()).is_ok()
}

/// The effect of an option whose duration is zero, and what to write instead.
#[derive(Clone, Copy)]
pub(super) struct Zero {
    pub(super) what: &'static str,
    pub(super) help: &'static str,
}

fn milliseconds(option: &str, zero: Option<Zero>, text: &str) -> Result<u64, String> {
    if text.trim().is_empty() {
        return Err(with_help(
            &format!("`{option}` is empty"),
            &format!("write `{option} = \"30s\"`, or `\"1h30m\"`"),
        ));
    }
    let (parts, total) = parts(text).map_err(|flaw| mended(option, text, &flaw, &[]))?;
    if total == 0 {
        return Err(nothing(option, zero, text));
    }
    in_order(&parts).map_err(|flaw| mended(option, text, &flaw, &parts))?;
    Ok(total)
}

/// The error for a text with a flaw, and how it is written without.
fn mended(option: &str, text: &str, flaw: &Flaw<'_>, parts: &[Part<'_>]) -> String {
    let help = match *flaw {
        Flaw::NoUnit { number } => return no_unit(option, &number.to_string()),
        Flaw::Fraction => format!("write `{option} = \"1h30m\"` for an hour and a half"),
        Flaw::NoNumber { .. } => format!("write `{option} = \"30s\"`, or `\"1h30m\"`"),
        Flaw::TooLong => format!("write `{option} = \"365d\"` for what hardly ever changes"),
        Flaw::Repeated { .. } | Flaw::Ascending { .. } => {
            format!("write `{option} = \"{}\"`", sorted(parts))
        }
        Flaw::NotAUnit { number, unit } => match unit_meant_by(unit) {
            Some(unit) => format!("write `{option} = \"{number}{unit}\"`"),
            None => format!("the units are {}", listed(UNITS.iter().rev().map(|(name, _)| name))),
        },
    };
    with_help(&flaw.of(text), &help)
}

/// Each unit once, the longest first.
fn sorted(parts: &[Part<'_>]) -> String {
    let mut sums = std::collections::BTreeMap::new();
    for Part { factor, number, unit } in parts {
        sums.entry(std::cmp::Reverse(*factor)).or_insert((0, *unit)).0 += number;
    }
    let mut sorted = String::new();
    for (number, unit) in sums.values().filter(|(number, _)| *number > 0) {
        sorted.extend([number.to_string().as_str(), unit]);
    }
    sorted
}

fn unit_meant_by(spelling: &str) -> Option<&'static str> {
    let spellings = || UNITS.iter().map(|(name, _)| (*name, *name)).chain(OTHER_SPELLINGS);
    let known = nearest(&spelling.to_lowercase(), spellings().map(|(spelling, _)| spelling))?;
    spellings().find(|(spelling, _)| *spelling == known).map(|(_, unit)| unit)
}

/// The error for a number alone, with or without quotation marks.
pub(crate) fn no_unit(option: &str, number: &str) -> String {
    with_help(
        &format!("`{number}` has no unit"),
        &format!("write `{option} = \"{number}s\"` for seconds, or `\"{number}m\"` for minutes"),
    )
}

fn nothing(option: &str, zero: Option<Zero>, text: &str) -> String {
    let (what, help) = match zero {
        Some(Zero { what, help }) => (what, help.to_owned()),
        None => (
            "stores nothing: the value has expired at once",
            format!("write `{option} = \"1s\"` or more"),
        ),
    };
    with_help(&format!("`{option} = \"{text}\"` {what}"), &help)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    fn error(text: &str) -> String {
        milliseconds("ttl", None, text).unwrap_err()
    }

    #[test]
    fn parts_add_up() {
        for (text, expected) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2 w", 1_209_600_000),
            ("7d", 604_800_000),
            ("36500d", 3_153_600_000_000),
        ] {
            assert_eq!(milliseconds("ttl", None, text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_number_alone_asks_for_a_unit() {
        assert!(error("60").contains("`60` has no unit\nhelp: write `ttl = \"60s\"`"));
        assert!(error("1h30").contains("`30` has no unit"));
    }

    #[test]
    fn other_spellings_lead_to_the_unit() {
        assert!(error("5min").contains("write `ttl = \"5m\"`"));
        assert!(error("5Hours").contains("write `ttl = \"5h\"`"));
        assert!(error("1M").contains("write `ttl = \"1m\"`"));
        assert!(error("1x").contains("the units are `ms`, `s`, `m`, `h`, `d` and `w`"));
    }

    #[test]
    fn units_descend_and_come_once() {
        assert!(error("1h1h").contains("`h` is given twice in `1h1h`\nhelp: write `ttl = \"2h\"`"));
        assert!(error("30m1h").contains("`h` stands after `m` in `30m1h`, and is longer"));
        assert!(error("30m1h").contains("write `ttl = \"1h30m\"`"));
        assert!(error("1h30m1h").contains("write `ttl = \"2h30m\"`"));
        assert!(milliseconds("ttl", None, "1h1m1s1ms").is_ok());
    }

    #[test]
    fn fractions_signs_and_words_are_refused() {
        for text in ["1.5h", "-5s", "forever", "h", "1,5h", "∞"] {
            let error = error(text);
            assert!(error.contains("is not a") || error.contains("has a fraction"), "{error}");
        }
    }

    #[test]
    fn zero_and_overflow_are_refused() {
        assert!(error("0s").contains("stores nothing"));
        assert!(error("0h0m").contains("stores nothing"));
        assert!(error("101w99999999999999999999s").contains("longer than a hundred years"));
        assert!(error("36501d").contains("longer than a hundred years"));
        assert!(error("18446744073709551615w").contains("longer than a hundred years"));
    }
}
