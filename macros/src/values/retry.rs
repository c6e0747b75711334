//! `retry`: whether and when a failed attempt is retried.

use std::time::Duration;

use syn::parse::{ParseBuffer, ParseStream};
use syn::{Expr, ExprLit, Ident, Lit, LitBool};

use super::number::{float, integer};
use super::{HumanDuration, Value, parse_expression};
use crate::options::{Given, options, parse_nested};

/// `retry`: the settings that differ from the runtime's defaults.
pub(crate) enum Retry {
    /// One attempt.
    None,
    Policy {
        max_attempts: Option<u32>,
        factor: Option<f64>,
        min: Option<Duration>,
        max: Option<Duration>,
        jitter: Option<bool>,
    },
}

options! {
    /// The options in `retry(…)`.
    struct RetryOptions {
        /// The number of attempts, including the first.
        "max_attempts" => max_attempts: Attempts,
        /// The factor by which the wait grows.
        "factor" => factor: Factor,
        /// The wait after the first attempt.
        "min" => min: HumanDuration,
        /// The longest wait.
        "max" => max: HumanDuration,
        /// Whether waits are lengthened at random.
        "jitter" => jitter: Jitter,
        /// One attempt.
        "none" => none: NoRetry,
    }
}

impl Value for Retry {
    const EXAMPLE: &'static str = "(max_attempts = 3)";
    const TAKES_LIST: bool = true;

    /// Always fails: `retry = …` does not exist, and the error says what to write instead.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expression = parse_expression(input)?;
        let instead = match &expression {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) if number.base10_digits() != "0" => {
                format!("retry(max_attempts = {number})")
            }
            Expr::Lit(ExprLit {
                lit: Lit::Str(word),
                ..
            }) if word.value() != "none" => "retry(max_attempts = 3)".to_owned(),
            Expr::Lit(ExprLit {
                lit: Lit::Bool(LitBool { value: true, .. }),
                ..
            }) => "retry(max_attempts = 3)".to_owned(),
            Expr::Lit(_) => "retry(none)".to_owned(),
            Expr::Path(path) if path.path.is_ident("none") => "retry(none)".to_owned(),
            _ => "retry(max_attempts = 3)".to_owned(),
        };
        Err(syn::Error::new_spanned(
            expression,
            format!("`retry` has its options in parentheses: write `{instead}`"),
        ))
    }

    fn parse_list(key: &Ident, list: &ParseBuffer<'_>) -> syn::Result<Self> {
        let mut options = RetryOptions::default();
        let example = Self::example(key);
        parse_nested(key, list, RetryOptions::NAMES, &example, |part, input| {
            options.parse_one(part, input)
        })?;
        options.check()
    }

    fn example(_: &Ident) -> String {
        format!("retry{}", Self::EXAMPLE)
    }
}

impl RetryOptions {
    fn check(self) -> syn::Result<Retry> {
        let is_policy = self.max_attempts.is_some()
            || self.factor.is_some()
            || self.min.is_some()
            || self.max.is_some()
            || self.jitter.is_some();
        if let Some(none) = &self.none {
            return match is_policy {
                false => Ok(Retry::None),
                true => Err(syn::Error::new(
                    none.key,
                    "`none` means one attempt and no wait: keep either `none` or the others",
                )),
            };
        }
        self.check_waits()?;
        Ok(Retry::Policy {
            max_attempts: Given::value_of(&self.max_attempts).map(|attempts| attempts.0),
            factor: Given::value_of(&self.factor).map(|factor| factor.0),
            min: Given::value_of(&self.min).map(|min| min.duration),
            max: Given::value_of(&self.max).map(|max| max.duration),
            jitter: Given::value_of(&self.jitter).map(|jitter| jitter.0),
        })
    }

    /// Checks that the shortest wait is no longer than the longest, whether given or default.
    fn check_waits(&self) -> syn::Result<()> {
        let (min, max) = (Given::value_of(&self.min), Given::value_of(&self.max));
        let shortest = min.map_or(DEFAULT_MIN, |min| min.duration);
        let longest = max.map_or(DEFAULT_MAX, |max| max.duration);
        if shortest <= longest {
            return Ok(());
        }
        let (place, message) = match (min, max) {
            (Some(min), Some(max)) => (
                &min.literal,
                format!(
                    "`min` is the shortest wait and `max` the longest, but `{}` is longer than \
                     `{}`",
                    min.literal.value(),
                    max.literal.value()
                ),
            ),
            (Some(min), None) => (
                &min.literal,
                format!(
                    "`min` is longer than `max`, which is `1m` by default: add \
                     `max = \"{}\"` or more",
                    min.literal.value()
                ),
            ),
            (None, Some(max)) => (
                &max.literal,
                format!(
                    "`max` is shorter than `min`, which is `1s` by default: add \
                     `min = \"{}\"` or less",
                    max.literal.value()
                ),
            ),
            // The defaults are in order.
            (None, None) => return Ok(()),
        };
        Err(syn::Error::new(place.span(), message))
    }
}

/// The runtime's defaults, which a test compares with `RetryPolicy::new`.
pub(crate) const DEFAULT_MIN: Duration = Duration::from_secs(1);
pub(crate) const DEFAULT_MAX: Duration = Duration::from_secs(60);

/// The most attempts a run can have, as in Trigger.dev.
const MOST_ATTEMPTS: i64 = 250;

/// `max_attempts`: the number of attempts, including the first.
struct Attempts(u32);

impl Value for Attempts {
    const EXAMPLE: &'static str = "3";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (number, written) = integer(input, "`max_attempts = 3` tries three times in all")?;
        let message = match number {
            Some(0) => "the first attempt counts too: write `retry(none)` for one attempt and no \
                        retry"
                .to_owned(),
            Some(number) if (1..=MOST_ATTEMPTS).contains(&number) => {
                return Ok(Self(u32::try_from(number).unwrap_or(1)));
            }
            _ => format!("`max_attempts` is 1 to {MOST_ATTEMPTS}, including the first attempt"),
        };
        Err(syn::Error::new_spanned(written, message))
    }
}

/// `factor`: the factor by which the wait grows from one attempt to the next.
struct Factor(f64);

impl Value for Factor {
    const EXAMPLE: &'static str = "2.0";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (number, written) = float(input, "`factor = 2.0` doubles the wait each time")?;
        let message = match number {
            number if !number.is_finite() => "this factor is larger than a number can be",
            number if number < 1.0 => {
                "a factor below 1 would make each wait shorter than the one before: write 1.0 or \
                 more"
            }
            number => return Ok(Self(number)),
        };
        Err(syn::Error::new_spanned(written, message))
    }
}

/// `jitter`: yes or no.
struct Jitter(bool);

impl Value for Jitter {
    const EXAMPLE: &'static str = "true";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match parse_expression(input)? {
            Expr::Lit(ExprLit {
                lit: Lit::Bool(literal),
                ..
            }) => Ok(Self(literal.value)),
            other => Err(syn::Error::new_spanned(
                other,
                "expected `true` or `false`: with jitter, each wait is made up to twice as long, at \
                 random",
            )),
        }
    }
}

/// `none`, which has no value.
struct NoRetry;

impl Value for NoRetry {
    const EXAMPLE: &'static str = "true";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expression = parse_expression(input)?;
        let message = "`none` has no value: write `retry(none)`";
        Err(syn::Error::new_spanned(expression, message))
    }

    fn without_value() -> Option<Self> {
        Some(Self)
    }
}
