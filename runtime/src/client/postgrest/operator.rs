//! Operators and lists that are given as text, in PostgREST's grammar.

use super::text_search::is_configuration;
use super::value::push_list_element;

/// Returns whether `text` is an operator whose operand is one value.
pub(super) fn is_operator(text: &str) -> bool {
    let (name, modifier) = match text.split_once('(') {
        Some((name, rest)) => match rest.strip_suffix(')') {
            Some(modifier) => (name, Some(modifier)),
            None => return false,
        },
        None => (text, None),
    };
    match (name, modifier) {
        (
            "eq" | "gt" | "gte" | "lt" | "lte" | "like" | "ilike" | "match" | "imatch",
            None | Some("any" | "all"),
        )
        | ("neq" | "cs" | "cd" | "ov" | "sl" | "sr" | "nxr" | "nxl" | "adj" | "isdistinct", None)
        | ("fts" | "plfts" | "phfts" | "wfts", None) => true,
        ("fts" | "plfts" | "phfts" | "wfts", Some(configuration)) => {
            is_configuration(configuration)
        }
        _ => false,
    }
}

/// Returns whether PostgREST reads `text` as a filter, or tries to: the part before the first `.` decides.
///
/// In a GET call of a function, arguments and filters stand side by side, and only this distinguishes
/// them.
pub(super) fn looks_like_filter(text: &str) -> bool {
    // A configuration cannot contain a dot.
    match text.split_once('.') {
        Some(("not" | "in" | "is", _)) => true,
        Some((operator, _)) => is_operator(operator),
        None => false,
    }
}

/// Rewrites the list of an `in`.
pub(super) fn list(text: &str) -> Option<String> {
    let mut list = String::from("(");
    for (index, element) in read_list(text)?.iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        // `in.()` is the empty list.
        if !element.is_empty() || text.contains('"') {
            push_list_element(&mut list, element);
        }
    }
    list.push(')');
    Some(list)
}

/// Returns the elements of a list as PostgREST reads them (`QueryParams.hs`, `pListElement`): `"…"` with
/// `\x` for `x` if `,` or `)` follows, or else a run without `,` and `)`.
pub(super) fn read_list(text: &str) -> Option<Vec<String>> {
    let blanks: &[char] = &[' ', '\t'];
    let mut rest = text.trim_matches(blanks).strip_prefix('(')?;
    rest = rest.trim_start_matches(blanks);
    let mut elements = Vec::new();
    loop {
        let (element, after) = read_quoted(rest)
            .filter(|(_, after)| after.starts_with([',', ')']))
            .or_else(|| {
                let end = rest.find([',', ')'])?;
                Some((rest[..end].to_owned(), &rest[end..]))
            })?;
        elements.push(element);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (after == ")").then_some(elements),
        }
    }
}

pub(super) fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_the_grammar() {
        for operator in [
            "eq",
            "neq",
            "gte(all)",
            "imatch(any)",
            "isdistinct",
            "fts",
            "wfts(english)",
            "nxr",
        ] {
            assert!(is_operator(operator), "{operator}");
        }
        for operator in [
            "",
            "eq.",
            "eq(some)",
            "neq(any)",
            "cs(all)",
            "fts()",
            "fts(a.b)",
            "fts(a)(b)",
            "EQ",
            "eq(any",
            "is",
            "in",
            "eq(any))",
            "not",
        ] {
            assert!(!is_operator(operator), "{operator}");
        }
    }

    #[test]
    fn arguments_that_would_be_filters() {
        for text in [
            "eq.1",
            "not.x",
            "in.x",
            "is.x",
            "fts(english).a",
            "like(any).a.b",
            "cs.",
        ] {
            assert!(looks_like_filter(text), "{text}");
        }
        for text in ["", "a", "eq", "eq 1.5", "1.5", "is it.", "Eq.1", "eq(x).1"] {
            assert!(!looks_like_filter(text), "{text}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(list("(1,2)").as_deref(), Some("(1,2)"));
        assert_eq!(
            list(" ( a b,\"c,d\") ").as_deref(),
            Some("(\"a b\",\"c,d\")")
        );
        assert_eq!(list("()").as_deref(), Some("()"));
        assert_eq!(list("(\"\")").as_deref(), Some("(\"\")"));
        for text in ["", "1,2", "(1", "(1)2", "(1),id.eq.(2)"] {
            assert_eq!(list(text), None, "{text}");
        }
    }
}
