//! Durations as text, by the grammar of the attributes, and refused in their words: `1h30m`.

use std::time::Duration;

use grammar::{Flaw, UNITS};

cache_macros::duration_grammar!();

/// Reads a duration, which may be zero.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let read =
        grammar::parts(text).and_then(|(parts, total)| grammar::in_order(&parts).map(|()| total));
    read.map(Duration::from_millis).map_err(|flaw| match flaw {
        Flaw::NotAUnit { .. } => format!("{}: {}", flaw.of(text), units()),
        _ => flaw.of(text),
    })
}

fn units() -> String {
    let names: Vec<_> = UNITS.iter().rev().map(|(name, _)| format!("`{name}`")).collect();
    let (last, others) =
        names.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    format!("the units are {} and {last}", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

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
