//! Durations as people write them: `"90s"`, `"1h30m"`.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::{Value, string};

/// `max_duration`, `ttl`, and the waits of `retry`: longer than zero, at most a year.
pub(crate) struct HumanDuration {
    pub(crate) literal: LitStr,
    pub(crate) duration: Duration,
}

/// The units and their milliseconds, in the order in which they are written.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 60 * 60 * 1000),
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// One year, in milliseconds.
const LONGEST: u64 = 365 * 24 * 60 * 60 * 1000;

/// Common wrong names of units, and the unit that is meant.
const SYNONYMS: &[(&str, &str)] = &[
    ("milli", "ms"),
    ("msec", "ms"),
    ("sec", "s"),
    ("min", "m"),
    ("hr", "h"),
    ("hour", "h"),
    ("day", "d"),
    ("wk", "w"),
    ("week", "w"),
];

impl Value for HumanDuration {
    const EXAMPLE: &'static str = "\"5m\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string(input, |found| match found {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => format!(
                "a duration has a unit: write `\"{}s\"` for seconds",
                number.base10_digits()
            ),
            _ => "expected a duration in quotes, such as `\"5m\"` or `\"1h30m\"`".to_owned(),
        })?;
        match parse(&literal.value()) {
            Ok(duration) => Ok(Self { literal, duration }),
            Err(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// Reads a duration, or says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text.trim().is_empty() {
        return Err("the duration is empty: write a number and its unit, as in `5m`".to_owned());
    }
    if text.contains(char::is_whitespace) {
        let joined: String = text.split_whitespace().collect();
        // If there is another mistake, its message already shows the text without spaces.
        return parse(&joined)
            .and_then(|_| Err(format!("a duration has no spaces: write `{joined}`")));
    }
    if text.starts_with(['-', '+']) {
        return Err("a duration has no sign: write `5m`".to_owned());
    }
    let (mut rest, mut next_unit, mut total) = (text, 0, Some(0_u64));
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| !c.is_ascii_digit());
        let position = unit_position(number, unit)?;
        if position < next_unit {
            return Err(format!(
                "`{unit}` is out of order: units go from large to small, each once, as in `1h30m`"
            ));
        }
        next_unit = position + 1;
        let milliseconds = number.parse().ok();
        let milliseconds = milliseconds.and_then(|n: u64| n.checked_mul(UNITS[position].1));
        total = total.and_then(|total| total.checked_add(milliseconds?));
        rest = after;
    }
    match total {
        Some(0) => {
            Err("the duration is zero: write at least `1ms`, or leave the option out".to_owned())
        }
        Some(milliseconds) if milliseconds <= LONGEST => Ok(Duration::from_millis(milliseconds)),
        _ => Err("the duration is too long: at most one year, `365d`".to_owned()),
    }
}

/// The index of a unit in [`UNITS`].
fn unit_position(number: &str, unit: &str) -> Result<usize, String> {
    const LIST: &str = "`ms`, `s`, `m`, `h`, `d` or `w`";
    if number.is_empty() {
        return Err(format!(
            "`{}` has no number: write it before the unit, as in `5m`",
            unit.escape_debug()
        ));
    }
    if unit.is_empty() {
        return Err(format!(
            "`{number}` has no unit: write `{number}s` for seconds, or another of {LIST}"
        ));
    }
    if let Some(position) = UNITS.iter().position(|(name, _)| *name == unit) {
        return Ok(position);
    }
    if unit.starts_with(['.', ',']) {
        return Err("the numbers are whole: for one hour and a half, write `1h30m`".to_owned());
    }
    let lower = unit.to_ascii_lowercase();
    if ["mo", "y"].iter().any(|start| lower.starts_with(start)) {
        return Err(format!(
            "`{}` has no fixed length: write days, as in `30d`",
            unit.escape_debug()
        ));
    }
    let meant = SYNONYMS
        .iter()
        .find(|(synonym, _)| lower.starts_with(synonym))
        .map(|(_, unit)| *unit)
        .or_else(|| {
            UNITS
                .iter()
                .map(|(name, _)| *name)
                .find(|name| *name == lower)
        });
    Err(match meant {
        Some(meant) => format!("unknown unit `{unit}`: write `{number}{meant}`"),
        None => format!(
            "unknown unit `{}`: a duration is a number and one of {LIST}, as in `5m` or `1h30m`",
            unit.escape_debug()
        ),
    })
}

/// Splits `text` after its longest prefix of such characters.
fn split(text: &str, is_start: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_start(c)).unwrap_or(text.len()))
}
