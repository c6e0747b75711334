//! Numbers: `priority`, and the numbers in other options.

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use super::{Value, parse_expression};

/// `priority`: seconds, at most a year.
pub(crate) struct Priority(pub(crate) u32);

/// One year, in seconds.
const LARGEST_PRIORITY: i64 = 365 * 24 * 60 * 60;

impl Value for Priority {
    const EXAMPLE: &'static str = "10";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let example = "`priority = 10` puts its runs 10 seconds before others";
        let (number, written) = integer(input, example)?;
        let message = match number {
            Some(number) if number < 0 => {
                "a priority cannot be negative: give the tasks that go first a higher one"
                    .to_owned()
            }
            Some(number) if number <= LARGEST_PRIORITY => {
                return Ok(Self(u32::try_from(number).unwrap_or(0)));
            }
            _ => format!("a priority is in seconds, at most {LARGEST_PRIORITY}, which is one year"),
        };
        Err(syn::Error::new_spanned(written, message))
    }
}

/// A whole number with its sign, `None` if it does not fit an `i64`, and the expression as written.
/// `example` says what to write instead of something else.
pub(super) fn integer(input: ParseStream<'_>, example: &str) -> syn::Result<(Option<i64>, Expr)> {
    let expression = parse_expression(input)?;
    let (is_negative, number) = sign(&expression);
    let Expr::Lit(ExprLit {
        lit: Lit::Int(literal),
        ..
    }) = number
    else {
        let message = format!("expected a whole number: {example}");
        return Err(syn::Error::new_spanned(expression, message));
    };
    let number = literal.base10_parse::<i64>().ok();
    let number = number.map(|number| if is_negative { -number } else { number });
    Ok((number, expression))
}

/// A number with or without a fraction, and the expression as written. A number that is too large
/// becomes infinite.
pub(super) fn float(input: ParseStream<'_>, example: &str) -> syn::Result<(f64, Expr)> {
    let expression = parse_expression(input)?;
    let (is_negative, number) = sign(&expression);
    let digits = match number {
        Expr::Lit(ExprLit {
            lit: Lit::Float(literal),
            ..
        }) => Some(literal.base10_digits()),
        Expr::Lit(ExprLit {
            lit: Lit::Int(literal),
            ..
        }) => Some(literal.base10_digits()),
        _ => None,
    };
    match digits.and_then(|digits| digits.parse::<f64>().ok()) {
        Some(number) => Ok((if is_negative { -number } else { number }, expression)),
        None => Err(syn::Error::new_spanned(
            expression,
            format!("expected a number: {example}"),
        )),
    }
}

/// Whether a `-` stands before the expression, and the expression without it.
fn sign(expression: &Expr) -> (bool, &Expr) {
    match expression {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => (true, expr),
        other => (false, other),
    }
}
