//! Durations as text, by the grammar of the attributes, and refused in their words: `1h30m`.

use std::time::Duration;

/// The units, longest first, and their milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// As long as a ttl may be.
const LONGEST: u64 = 100 * 365 * 86_400_000;

/// Reads a duration, which may be zero.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let mut total: u64 = 0;
    let mut before: Option<(u64, &str)> = None;
    let mut rest = text.trim();
    while !rest.is_empty() || before.is_none() {
        let (digits, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), |c| !c.is_ascii_digit() && c != ' ');
        let factor = factor(text, digits, unit)?;
        if let Some((longer, left)) = before {
            descends(text, (longer, left), (factor, unit))?;
        }
        let part = digits.parse().ok().and_then(|number: u64| number.checked_mul(factor));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| format!("`{text}` is longer than a hundred years"))?;
        before = Some((factor, unit));
        rest = after.trim_start();
    }
    Ok(Duration::from_millis(total))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn factor(text: &str, digits: &str, unit: &str) -> Result<u64, String> {
    if unit.starts_with('.') {
        return Err(format!("`{text}` has a fraction"));
    }
    if digits.is_empty() {
        let missing = "a whole number is missing before";
        return Err(format!("`{text}` is not a duration: {missing} `{unit}`"));
    }
    if unit.is_empty() {
        return Err(format!("`{digits}` has no unit"));
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    known.map(|(_, factor)| *factor).ok_or_else(|| {
        format!(
            "`{unit}` in `{text}` is not a unit of time: the units are `ms`, `s`, `m`, `h`, `d` and `w`"
        )
    })
}

fn descends(
    text: &str,
    (longer, left): (u64, &str),
    (factor, unit): (u64, &str),
) -> Result<(), String> {
    if factor == longer {
        return Err(format!("`{unit}` is given twice in `{text}`"));
    }
    if factor > longer {
        return Err(format!("`{unit}` stands after `{left}` in `{text}`, and is longer"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // These lists are also those of `parse/duration` in `cache-macros`.
    #[test]
    fn what_an_attribute_reads_is_read() {
        for (text, expected) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("2 w", 1_209_600_000),
            ("7d", 604_800_000),
            ("36500d", 3_153_600_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(expected)), "{text}");
        }
    }

    #[test]
    fn what_an_attribute_refuses_is_refused_in_its_words() {
        for (text, expected) in [
            ("60", "`60` has no unit"),
            ("1h30", "`30` has no unit"),
            ("5min", "`min` in `5min` is not a unit of time"),
            ("5Hours", "`Hours` in `5Hours` is not a unit of time"),
            ("1M", "the units are `ms`, `s`, `m`, `h`, `d` and `w`"),
            ("1month", "`month` in `1month` is not a unit of time"),
            ("1h1h", "`h` is given twice in `1h1h`"),
            ("30m1h", "`h` stands after `m` in `30m1h`, and is longer"),
            ("1.5h", "`1.5h` has a fraction"),
            ("-5s", "`-5s` is not a duration"),
            ("forever", "`forever` is not a duration"),
            ("∞", "`∞` is not a duration"),
            ("", "`` is not a duration"),
            ("36501d", "`36501d` is longer than a hundred years"),
            ("18446744073709551615w", "longer than a hundred years"),
            ("101w99999999999999999999s", "longer than a hundred years"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
