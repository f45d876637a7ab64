//! Durations as text: `1h30m`.

use syn::LitStr;

use crate::diag::{listed, nearest, with_help};

/// The units, longest first, and their milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

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

/// The longest duration, in milliseconds: nobody means more, and clocks overflow not far above.
const LONGEST: u64 = 100 * 365 * 86_400_000;

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
    let mut total: u64 = 0;
    let mut parts: Vec<(u64, u64, &str)> = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(with_help(
            &format!("`{option}` is empty"),
            &format!("write `{option} = \"30s\"`, or `\"1h30m\"`"),
        ));
    }
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), |c| !c.is_ascii_digit() && c != ' ');
        let number = amount(option, text, number, unit)?;
        let factor = factor(option, text, number, unit)?;
        total = number
            .checked_mul(factor)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| too_long(option, text))?;
        parts.push((factor, number, unit));
        rest = after.trim_start();
    }
    if total == 0 {
        return Err(nothing(option, zero, text));
    }
    descending(option, text, &parts).map(|()| total)
}

/// Demands each unit once, the longest first: `1h1h` is a slip, and so is `30m1h` more often than not.
fn descending(option: &str, text: &str, parts: &[(u64, u64, &str)]) -> Result<(), String> {
    let wrong = parts.windows(2).find(|pair| pair[0].0 <= pair[1].0);
    let Some([(before, _, left), (after, _, right)]) = wrong else { return Ok(()) };
    let what = if before == after {
        format!("`{right}` is given twice in `{text}`")
    } else {
        format!("`{right}` stands after `{left}` in `{text}`, and is longer")
    };
    let mut sums = std::collections::BTreeMap::new();
    for (factor, number, unit) in parts {
        sums.entry(std::cmp::Reverse(*factor)).or_insert((0, *unit)).0 += number;
    }
    let sums = sums.values().filter(|(number, _)| *number > 0);
    let mut meant = String::new();
    for (number, unit) in sums {
        meant.extend([number.to_string().as_str(), unit]);
    }
    Err(with_help(&what, &format!("write `{option} = \"{meant}\"`")))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn amount(option: &str, text: &str, digits: &str, unit: &str) -> Result<u64, String> {
    if unit.starts_with('.') {
        return Err(with_help(
            &format!("`{text}` has a fraction"),
            &format!("write `{option} = \"1h30m\"` for an hour and a half"),
        ));
    }
    if digits.is_empty() {
        return Err(with_help(
            &format!("`{text}` is not a duration: a whole number is missing before `{unit}`"),
            &format!("write `{option} = \"30s\"`, or `\"1h30m\"`"),
        ));
    }
    digits.parse().map_err(|_| too_long(option, text))
}

fn factor(option: &str, text: &str, number: u64, unit: &str) -> Result<u64, String> {
    if let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(*factor);
    }
    if unit.is_empty() {
        return Err(no_unit(option, &number.to_string()));
    }
    let lower = unit.to_lowercase();
    let spellings = || UNITS.iter().map(|(name, _)| (*name, *name)).chain(OTHER_SPELLINGS);
    let meant = nearest(&lower, spellings().map(|(spelling, _)| spelling))
        .and_then(|meant| spellings().find(|(spelling, _)| *spelling == meant));
    let help = match meant {
        Some((_, unit)) => format!("write `{option} = \"{number}{unit}\"`"),
        None => format!("the units are {}", listed(UNITS.iter().rev().map(|(name, _)| name))),
    };
    Err(with_help(&format!("`{unit}` in `{text}` is not a unit of time"), &help))
}

/// The error for a number alone, with or without quotation marks.
pub(crate) fn no_unit(option: &str, number: &str) -> String {
    with_help(
        &format!("`{number}` has no unit"),
        &format!("write `{option} = \"{number}s\"` for seconds, or `\"{number}m\"` for minutes"),
    )
}

fn too_long(option: &str, text: &str) -> String {
    with_help(
        &format!("`{text}` is longer than a hundred years"),
        &format!("write `{option} = \"365d\"` for what hardly ever changes"),
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
