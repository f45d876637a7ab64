//! The grammar of durations: `1h30m`. It is written once: `duration_grammar!` gives it to `cache-runtime`, which reads
//! the environment by it.

/// The units, longest first, and their milliseconds.
pub(super) const UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest duration, in milliseconds: nobody means more, and clocks overflow not far above.
const LONGEST: u64 = 100 * 365 * 86_400_000;

/// A number with its unit, and the milliseconds of that.
pub(super) struct Part<'a> {
    pub(super) number: u64,
    pub(super) unit: &'a str,
    pub(super) factor: u64,
}

/// The reason why a text is no duration.
pub(super) enum Flaw<'a> {
    Fraction,
    NoNumber { unit: &'a str },
    NoUnit { number: u64 },
    NotAUnit { number: u64, unit: &'a str },
    Repeated { unit: &'a str },
    Ascending { left: &'a str, right: &'a str },
    TooLong,
}

impl Flaw<'_> {
    /// Says what is wrong with a text that has this flaw.
    pub(super) fn of(&self, text: &str) -> String {
        match self {
            Self::Fraction => format!("`{text}` has a fraction"),
            Self::NoNumber { unit } => {
                format!("`{text}` is not a duration: a whole number is missing before `{unit}`")
            }
            Self::NoUnit { number } => format!("`{number}` has no unit"),
            Self::NotAUnit { unit, .. } => format!("`{unit}` in `{text}` is not a unit of time"),
            Self::Repeated { unit } => format!("`{unit}` is given twice in `{text}`"),
            Self::Ascending { left, right } => {
                format!("`{right}` stands after `{left}` in `{text}`, and is longer")
            }
            Self::TooLong => format!("`{text}` is longer than a hundred years"),
        }
    }
}

/// Reads the parts of a duration, of which there is one at least, and their milliseconds together.
pub(super) fn parts(text: &str) -> Result<(Vec<Part<'_>>, u64), Flaw<'_>> {
    let mut total: u64 = 0;
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() || parts.is_empty() {
        let (digits, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after.trim_start(), |c| !c.is_ascii_digit() && c != ' ');
        let part = part(digits, unit)?;
        total = part
            .number
            .checked_mul(part.factor)
            .and_then(|more| total.checked_add(more))
            .filter(|total| *total <= LONGEST)
            .ok_or(Flaw::TooLong)?;
        parts.push(part);
        rest = after.trim_start();
    }
    Ok((parts, total))
}

/// Demands each unit once, the longest first: `1h1h` is a slip, and so is `30m1h` more often than not.
pub(super) fn in_order<'a>(parts: &[Part<'a>]) -> Result<(), Flaw<'a>> {
    let wrong = parts.windows(2).find(|pair| pair[0].factor <= pair[1].factor);
    let Some([left, right]) = wrong else { return Ok(()) };
    Err(if left.factor == right.factor {
        Flaw::Repeated { unit: right.unit }
    } else {
        Flaw::Ascending { left: left.unit, right: right.unit }
    })
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn part<'a>(digits: &str, unit: &'a str) -> Result<Part<'a>, Flaw<'a>> {
    if unit.starts_with('.') {
        return Err(Flaw::Fraction);
    }
    if digits.is_empty() {
        return Err(Flaw::NoNumber { unit });
    }
    let number = digits.parse().map_err(|_| Flaw::TooLong)?;
    if unit.is_empty() {
        return Err(Flaw::NoUnit { number });
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, factor) = *known.ok_or(Flaw::NotAUnit { number, unit })?;
    Ok(Part { number, unit, factor })
}
