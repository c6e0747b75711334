//! Rewrites queries that postrust reads differently from PostgREST.

use std::borrow::Cow;

use url::form_urlencoded;

/// Rewrites what postrust would misread:
///
/// - `+` is a space in a form; postrust reads it as a plus.
/// - In `columns` and `on_conflict`, names may be in double quotes, as supabase-js writes them;
///   postrust reads the quotes as part of the name. A quoted name with a comma stays as it is,
///   because postrust has no syntax for it.
/// - An offset below zero is none.
pub(super) fn for_postrust(query: &str) -> String {
    let below_zero = |pair: &&str| {
        pair.split_once('=').is_some_and(|(key, value)| {
            (key == "offset" || key.ends_with(".offset")) && value.starts_with('-')
        })
    };
    let pairs = query.split('&').filter(|pair| !below_zero(pair));
    let pairs: Vec<Cow<'_, str>> = pairs.map(pair).collect();
    pairs.join("&")
}

fn pair(pair: &str) -> Cow<'_, str> {
    match pair.split_once('=') {
        Some((key @ ("columns" | "on_conflict"), value)) => {
            // The value has no key of its own, so `form_urlencoded` returns it as the key.
            let decoded = form_urlencoded::parse(value.as_bytes()).next();
            let names = decoded
                .map(|(names, _)| unquoted(&names))
                .unwrap_or_default();
            let encoded: String = form_urlencoded::byte_serialize(names.as_bytes()).collect();
            format!("{key}={}", encoded.replace('+', "%20")).into()
        }
        _ if pair.contains('+') => pair.replace('+', "%20").into(),
        _ => pair.into(),
    }
}

/// Rewrites `"a","b"` as `a,b`. Names with a comma or an escaped quote stay as they are.
fn unquoted(names: &str) -> String {
    let plain: Option<Vec<&str>> = names
        .split(',')
        .map(|name| {
            let name = name.trim();
            let inner = match name.strip_prefix('"') {
                Some(rest) => rest.strip_suffix('"')?,
                None => name,
            };
            (!inner.contains(['"', '\\'])).then_some(inner)
        })
        .collect();
    plain.map_or_else(|| names.to_owned(), |plain| plain.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_quoted_names_are_written_as_postrust_reads_them() {
        for (from, to) in [
            ("title=eq.a+b%2B", "title=eq.a%20b%2B"),
            ("columns=%22a%22%2C%22b+c%22", "columns=a%2Cb%20c"),
            ("on_conflict=a,b&select=id", "on_conflict=a%2Cb&select=id"),
            ("columns=%22a%2Cb%22", "columns=%22a%2Cb%22"),
            ("select=id&columns=", "select=id&columns="),
            ("", ""),
        ] {
            assert_eq!(for_postrust(from), to);
        }
    }
}
