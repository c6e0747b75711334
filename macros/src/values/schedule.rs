//! `schedule` and `timezone`: when a task runs automatically.

use syn::LitStr;
use syn::parse::ParseStream;

use super::{Value, string};
use crate::cron;

/// `schedule`: a cron expression of five fields.
pub(crate) struct CronLine(pub(crate) LitStr);

impl Value for CronLine {
    const EXAMPLE: &'static str = "\"0 3 * * *\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string(input, |_| {
            "expected a cron line in quotes, as in `schedule = \"0 3 * * *\"`: minute, hour, day \
             of the month, month, day of the week"
                .to_owned()
        })?;
        match cron::check(&literal.value()) {
            Ok(()) => Ok(Self(literal)),
            Err(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// `timezone`: a name that looks like an IANA name. An engine, which has the list of zones, checks
/// on startup that it exists.
pub(crate) struct TimeZone(pub(crate) LitStr);

impl Value for TimeZone {
    const EXAMPLE: &'static str = "\"Europe/Berlin\"";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal = string(input, |_| {
            "expected a time zone in quotes, as in `timezone = \"Europe/Berlin\"`".to_owned()
        })?;
        match invalid_zone(&literal.value()) {
            None => Ok(Self(literal)),
            Some(message) => Err(syn::Error::new(literal.span(), message)),
        }
    }
}

/// The only IANA zones whose names are all capitals.
const CAPITALS: &[&str] = &[
    "UTC", "GMT", "UCT", "CET", "EET", "MET", "WET", "EST", "HST", "MST", "GB", "NZ", "PRC", "ROC",
    "ROK",
];

/// What is wrong with the name of a time zone, as far as that can be told without the list of
/// zones.
fn invalid_zone(name: &str) -> Option<String> {
    const WRITE: &str = "write its IANA name, such as `Europe/Berlin`, or `UTC`";
    let shown = name.escape_debug();
    if name.trim().is_empty() {
        return Some(format!("the time zone is empty: {WRITE}"));
    }
    if name.starts_with(['+', '-']) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!(
            "`{shown}` is an offset, which knows nothing of daylight saving time: {WRITE}"
        ));
    }
    if name.contains(' ') {
        let joined = name.trim().replace(' ', "_");
        return Some(format!(
            "the name of a time zone has no spaces: write `{}`",
            joined.escape_debug()
        ));
    }
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_legal);
    if !name.split('/').all(is_part) {
        return Some(format!("`{shown}` is not the name of a time zone: {WRITE}"));
    }
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some(format!(
            "`{shown}` is not the name of a time zone, which begins with a capital: {WRITE}"
        ));
    }
    let is_abbreviation = name.chars().all(|c| c.is_ascii_uppercase()) && !CAPITALS.contains(&name);
    is_abbreviation
        .then(|| format!("`{shown}` is an abbreviation, which several time zones share: {WRITE}"))
}
