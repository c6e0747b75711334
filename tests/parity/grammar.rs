//! The grammars inside a parameter: two texts are equal if they parse to the same value.
//!
//! Written from PostgREST's `QueryParams.hs` and PostgreSQL's manual, not with the code under test.

use serde_json::{Value, json};

/// The parsed meaning of `key=value`. Text without a grammar stays text.
pub(crate) fn parameter(key: &str, value: &str) -> Value {
    let last = key.rsplit('.').next().unwrap_or(key);
    match last {
        "select" | "columns" | "on_conflict" | "order" | "limit" | "offset" => json!(value),
        "and" | "or" => tree(value).map_or(json!(value), Value::Array),
        _ => filter(value).unwrap_or_else(|| collection(value)),
    }
}

/// `(a.eq.1,not.and(b.in.(1,2),c.is.null))`
fn tree(text: &str) -> Option<Vec<Value>> {
    let (tree, rest) = read_tree(text)?;
    rest.is_empty().then_some(tree)
}

fn read_tree(text: &str) -> Option<(Vec<Value>, &str)> {
    let mut rest = text.strip_prefix('(')?;
    let mut nodes = Vec::new();
    loop {
        let (node, after) = read_node(rest)?;
        nodes.push(node);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Some((nodes, after.strip_prefix(')')?)),
        }
    }
}

fn read_node(text: &str) -> Option<(Value, &str)> {
    for join in ["and", "or", "not.and", "not.or"] {
        if let Some(rest) = text.strip_prefix(join).filter(|rest| rest.starts_with('(')) {
            let (nodes, rest) = read_tree(rest)?;
            return Some((json!({ join: nodes }), rest));
        }
    }
    // The column, the operator with its `not.` and its parentheses, and the operand.
    let (column, rest) = match read_quoted(text) {
        Some((name, rest)) => (name, rest),
        None => {
            let end = text.find('.')?;
            (text[..end].to_owned(), &text[end..])
        }
    };
    let (path, rest) = rest.split_at(rest.find('.')?);
    let rest = &rest[1..];
    let (not, rest) = match rest.strip_prefix("not.") {
        Some(rest) => ("not.", rest),
        None => ("", rest),
    };
    let (operator, rest) = rest.split_at(rest.find('.')?);
    let rest = &rest[1..];
    let (operand, rest) = match operator {
        "in" => {
            let (list, rest) = read_list(rest)?;
            (json!(list), rest)
        }
        _ => {
            let (operand, rest) = read_quoted(rest)
                .filter(|(_, rest)| rest.starts_with([',', ')']))
                .or_else(|| {
                    let braces = rest.starts_with('{').then(|| rest.find('}')).flatten();
                    let end = match braces {
                        Some(end) => end + 1,
                        None => rest.find([',', ')'])?,
                    };
                    Some((rest[..end].to_owned(), &rest[end..]))
                })?;
            (collection(&operand), rest)
        }
    };
    let node = json!([
        format!("{column}{path}"),
        format!("{not}{operator}"),
        operand
    ]);
    Some((node, rest))
}

/// `not.in.("a,b",c)`, `cs.{a,b}`
fn filter(text: &str) -> Option<Value> {
    let (not, rest) = match text.strip_prefix("not.") {
        Some(rest) => ("not.", rest),
        None => ("", text),
    };
    let (operator, operand) = rest.split_once('.')?;
    let operand = match operator {
        "in" => {
            let (list, rest) = read_list(operand)?;
            rest.is_empty().then(|| json!(list))?
        }
        "cs" | "cd" | "ov" => collection(operand),
        _ if operator.ends_with("(any)") || operator.ends_with("(all)") => collection(operand),
        _ => json!(operand),
    };
    Some(json!([format!("{not}{operator}"), operand]))
}

/// `(a,"b,c")`
fn read_list(text: &str) -> Option<(Vec<String>, &str)> {
    let mut rest = text.strip_prefix('(')?;
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
            None => return Some((elements, after.strip_prefix(')')?)),
        }
    }
}

/// `"…"` with `\x` for `x`.
fn read_quoted(text: &str) -> Option<(String, &str)> {
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

/// An array literal as PostgreSQL reads it, JSON, or else the text.
fn collection(text: &str) -> Value {
    if let Some((array, "")) = read_array(text) {
        return array;
    }
    match serde_json::from_str(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => json!({ "json": json }),
        _ => json!(text),
    }
}

/// `{a,"b,c",NULL,{d}}`
fn read_array(text: &str) -> Option<(Value, &str)> {
    let mut rest = text.strip_prefix('{')?.trim_start();
    let mut elements = Vec::new();
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((json!([]), rest));
    }
    loop {
        rest = rest.trim_start();
        let (element, after) = if rest.starts_with('{') {
            read_array(rest)?
        } else if let Some((element, after)) = read_quoted(rest) {
            (json!(element), after)
        } else {
            let end = rest.find([',', '{', '}', '"', '\\'])?;
            let element = match rest[..end].trim_end() {
                "" => return None,
                word if word.eq_ignore_ascii_case("null") => Value::Null,
                word => json!(word),
            };
            (element, &rest[end..])
        };
        elements.push(element);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Some((Value::Array(elements), after.strip_prefix('}')?)),
        }
    }
}

#[test]
fn what_is_read_alike_is_the_same() {
    let same = [
        ("a", "in.(a,b)", "in.(\"a\",\"b\")"),
        ("a", "not.in.(\"a,b\")", "not.in.(\"a\\,b\")"),
        ("a", "cs.{a,b}", "cs.{\"a\", b}"),
        ("a", "cs.{\"a\":1,\"b\":2}", "cs.{\"b\": 2, \"a\": 1}"),
        ("a", "{1,2}", "{\"1\",2}"),
        (
            "or",
            "(a.eq.b,c.cs.{a,b})",
            "(\"a\".eq.\"b\",c.cs.\"{a,b}\")",
        ),
        ("t.or", "(a.like.*é*)", "(a.like.\"*é*\")"),
        (
            "or",
            "(and(a.is.null),b.in.(1))",
            "(and(a.is.null),b.in.(\"1\"))",
        ),
    ];
    for (key, one, other) in same {
        assert_eq!(parameter(key, one), parameter(key, other), "{one} {other}");
    }
    let different = [
        ("a", "in.(a,b)", "in.(\"a,b\")"),
        ("a", "eq.a", "eq.\"a\""),
        ("a", "cs.{a,b}", "cs.{\"a,b\"}"),
        ("a", "cs.{null}", "cs.{\"null\"}"),
        ("or", "(a.eq.b,c.eq.d)", "(a.eq.\"b,c.eq.d\")"),
        ("or", "(a.eq.1,b.eq.2)", "(and(a.eq.1,b.eq.2))"),
        ("a", "not.eq.1", "eq.1"),
    ];
    for (key, one, other) in different {
        assert_ne!(parameter(key, one), parameter(key, other), "{one} {other}");
    }
}
