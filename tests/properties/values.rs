//! Strategies for single values.

use proptest::prelude::*;

/// Pieces that have a meaning in URLs, in PostgREST, in PostgreSQL's literals or to people.
const PIECES: [&str; 52] = [
    "\"",
    "\\",
    "\\\\",
    "\\\"",
    "'",
    "''",
    ",",
    ".",
    ":",
    "::",
    ";",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "%",
    "%25",
    "%2C",
    "_",
    "*",
    "&",
    "=",
    "#",
    "?",
    "/",
    "+",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "-",
    "->",
    "->>",
    "$1",
    "null",
    "NULL",
    "NaN",
    "true",
    "eq.",
    "in.",
    "not.",
    "or(",
    "select",
    "a",
    "B",
    "é",
    "日本",
    "\u{1f469}\u{200d}\u{1f467}",
    "\u{202e}",
];

/// Text that PostgreSQL can store: anything but NUL.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(&PIECES[..]);
    prop_oneof![
        6 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        2 => any::<String>().prop_map(|text| text.chars().filter(|c| *c != '\0').take(12).collect()),
        1 => prop::sample::select(&["", "null", "NULL", "NaN", "\"\"", "{}", "()", "eq.1", "empty"][..])
            .prop_map(str::to_owned),
    ]
}

/// Any number, including those that JSON cannot express.
pub(crate) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>(),
        4 => (-1000_i32..1000).prop_map(|n| f64::from(n) / 8.0),
        1 => prop::sample::select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0][..]),
    ]
}

/// A date as `2026-02-28`.
pub(crate) fn day() -> impl Strategy<Value = String> {
    (1_u32..=9999, 1_u32..=12, 1_u32..=28).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}
