//! PostgreSQL's operators, implemented in Rust.

use std::cmp::Ordering;

/// `LIKE`, with `*` for `%` as in PostgREST. `pattern` does not end in a single backslash.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.replace('*', "%").chars().collect();
    matches(&text, &pattern)
}

fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|start| matches(&text[start..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text.first() == Some(literal) && matches(&text[1..], rest)
        }
    }
}

/// A pattern that matches `text` literally, except for each `*` in it.
pub(crate) fn like_pattern(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Compares numbers in PostgreSQL's order: NaN is equal to itself and greater than all others.
pub(crate) fn compare(one: f64, other: f64) -> Ordering {
    match (one.is_nan(), other.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => one.partial_cmp(&other).expect("neither is NaN"),
    }
}

/// `array @> elements`: NULL equals nothing.
pub(crate) fn holds_all(array: &[Option<String>], elements: &[Option<String>]) -> bool {
    elements
        .iter()
        .all(|element| element.is_some() && array.contains(element))
}

/// `array && elements`
pub(crate) fn overlaps(array: &[Option<String>], elements: &[Option<String>]) -> bool {
    elements
        .iter()
        .any(|element| element.is_some() && array.contains(element))
}
