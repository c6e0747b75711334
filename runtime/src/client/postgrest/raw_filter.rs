//! A filter whose operator and operand are given as text, for `filter` and `not`.

use super::filter::{Filter, Operand};
use super::operator::{is_operator, list};
use super::value::FilterValue;

impl Filter {
    /// An operator and an operand as text.
    pub(crate) fn raw(column: impl Into<String>, operator: &str, value: impl FilterValue) -> Self {
        let mut operand = String::new();
        value.write_to(&mut operand);
        raw_filter(&column.into(), operator, operand)
    }
}

/// `column operator operand`, checked against PostgREST's grammar.
fn raw_filter(column: &str, operator: &str, operand: String) -> Filter {
    let (negated, name) = match operator.strip_prefix("not.") {
        Some(name) => (true, name),
        None => (false, operator),
    };
    let filter = match name {
        "in" => match list(&operand) {
            Some(list) => Filter::new(column, "in", Operand::Verbatim(list.into())),
            None => Filter::invalid(
                "the operand of `in` must be a list in parentheses such as `(1,2)`; `in_` writes it",
            ),
        },
        "is" => match operand.to_ascii_lowercase().as_str() {
            word @ ("null" | "not_null" | "true" | "false" | "unknown") => {
                Filter::new(column, "is", Operand::Verbatim(word.to_owned().into()))
            }
            _ => Filter::invalid(
                "the operand of `is` must be `null`, `not_null`, `true`, `false` or `unknown`",
            ),
        },
        _ if is_operator(name) => Filter::new(column, name.to_owned(), Operand::Text(operand)),
        _ => Filter::invalid(format!(
            "`{}` is not a PostgREST operator such as `eq`, `not.in`, `like(any)` or \
             `fts(english)`",
            operator.escape_debug()
        )),
    };
    if negated { !filter } else { filter }
}
