//! Names in PostgREST's select list, in double quotes where it would not read them as one name.

/// `name`, in double quotes unless it consists of letters, digits, `_` and `$`.
///
/// PostgREST reads names with blanks or dashes without quotes too, but a client removes blanks.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Like [`quoted`], for a name that may already be in double quotes.
pub(crate) fn quoted_once(name: &str) -> String {
    if is_quoted(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// Whether all of `text` is one name in double quotes.
fn is_quoted(text: &str) -> bool {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return false;
    };
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return false,
            _ => {}
        }
    }
    !escaped
}

/// `text`, split at each `separator` that is not in double quotes.
pub(crate) fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (index, c) in text.char_indices() {
        if index < start {
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && text[index..].starts_with(separator) => {
                parts.push(&text[start..index]);
                start = index + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `meta->"a key"->>city`: a column or a JSON path into one, each name quoted if necessary. `None`
/// if a name in it is empty.
pub(crate) fn path(text: &str) -> Option<String> {
    let mut path = String::with_capacity(text.len());
    for (index, segment) in split(text, "->").into_iter().enumerate() {
        // The second arrow of `->>`.
        let (arrow, name) = match (index, segment.strip_prefix('>')) {
            (0, _) => ("", segment),
            (_, Some(name)) => ("->>", name),
            (_, None) => ("->", segment),
        };
        if name.is_empty() {
            return None;
        }
        path.push_str(arrow);
        // A number is a position in an array.
        let position = index > 0 && name.parse::<i64>().is_ok();
        if position {
            path.push_str(name);
        } else {
            path.push_str(&quoted_once(name));
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::{path, quoted, split};

    #[test]
    fn only_plain_names_stay_without_quotes() {
        for (name, written) in [
            ("id", "id"),
            ("Created_At$2", "Created_At$2"),
            ("created at", r#""created at""#),
            ("a-b", r#""a-b""#),
            ("a.b", r#""a.b""#),
            ("größe", "\"größe\""),
            (r#"say "hi"\"#, r#""say \"hi\"\\""#),
            ("", r#""""#),
        ] {
            assert_eq!(quoted(name), written);
        }
    }

    #[test]
    fn paths_keep_their_arrows() {
        for (text, written) in [
            ("meta->>city", Some("meta->>city")),
            ("meta->a b->0->>c", Some(r#"meta->"a b"->0->>c"#)),
            (r#""a->b"->>c"#, Some(r#""a->b"->>c"#)),
            ("meta->-1", Some("meta->-1")),
            ("a-b", Some(r#""a-b""#)),
            ("meta->", None),
            ("->>a", None),
            ("", None),
        ] {
            assert_eq!(path(text).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn a_separator_in_quotes_is_none() {
        assert_eq!(split(r#"a!"b!c"!d"#, "!"), ["a", r#""b!c""#, "d"]);
    }
}
