//! SQL that postrust wrote, taken apart.

/// Splits `WITH name AS (…) SELECT …` before its `SELECT`.
pub(super) fn split_with(sql: &str) -> (&str, &str) {
    if !sql.starts_with("WITH ") {
        return ("", sql);
    }
    let mut depth = 0;
    for (at, byte) in outside_of_quotes(sql) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => {
                let (with, select) = sql.split_at(at + 1);
                return (with, select.trim_start());
            }
            b')' => depth -= 1,
            _ => {}
        }
    }
    ("", sql)
}

/// Where `part` begins in `sql`, outside of quotes.
pub(super) fn unquoted<'a>(sql: &'a str, part: &'a str) -> impl Iterator<Item = usize> + 'a {
    outside_of_quotes(sql)
        .map(|(at, _)| at)
        .filter(move |&at| sql.as_bytes()[at..].starts_with(part.as_bytes()))
}

/// The bytes of `sql` that are in no name and no literal. A quote that is doubled ends a literal and begins
/// the next one; postrust writes no literal with an escaped quote.
fn outside_of_quotes(sql: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    sql.bytes().enumerate().filter(move |&(_, byte)| {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, _) => return true,
        }
        false
    })
}
