//! Explains why a response does not decode as the requested type: the place and the type, never the data.

use http::{HeaderMap, StatusCode};
use serde_json::error::Category;

use super::failure::Failure;
use super::kind::ClientErrorKind;
use super::server::{content_type, describe_foreign, is_html};
use crate::client::http::RawResponse;

impl Failure {
    /// A successful response whose content is not needed is not JSON, so the service did not send it.
    pub(crate) fn not_done(response: &RawResponse) -> Self {
        let found = describe_foreign(response.status, &response.headers, &response.body);
        let message = format!("{found}: it is unknown whether the operation was done");
        Self::new(ClientErrorKind::Decode, message)
    }

    /// The response is an HTML page, although another kind of text was requested.
    pub(crate) fn page(response: &RawResponse) -> Option<Self> {
        let is_page = is_html(content_type(&response.headers), b"");
        let message = || describe_foreign(response.status, &response.headers, &response.body);
        is_page.then(|| Self::new(ClientErrorKind::Decode, message()))
    }

    /// The body of a successful response is not a `type_name`.
    pub(crate) fn not_decoded(
        type_name: &str,
        headers: &HeaderMap,
        body: &[u8],
        error: &serde_json::Error,
    ) -> Self {
        let is_json = error.classify() == Category::Data && !body.is_empty();
        let message = if is_json {
            let known = without_data(error);
            let place = path_to(body, error.line(), error.column(), known.is_none());
            let reason = known.unwrap_or_else(|| REFUSED.to_owned());
            let hint = match reason.starts_with(MISSING) {
                true => " (is it in the select list?)",
                false => "",
            };
            format!("the response is not a `{type_name}`: {reason}{hint} at `{place}`")
        } else {
            let found = describe_foreign(StatusCode::OK, headers, body);
            match error.classify() {
                Category::Eof if !body.trim_ascii().is_empty() => {
                    format!("{found}, because it ends too early (expected a `{type_name}`)")
                }
                _ => format!("{found} (expected a `{type_name}`)"),
            }
        };
        Self::new(ClientErrorKind::Decode, message)
    }
}

/// Returns serde's reason without the value it quotes: `invalid type: string "…", expected u64` becomes
/// `invalid type: string, expected u64`. Returns `None` for a type's own error, any part of which may
/// contain data.
pub(crate) fn without_data(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason);
    // The name of a missing field comes from the type, not from the data.
    if text.starts_with(MISSING) {
        return Some(text.to_owned());
    }
    // The value stands before the last `, expected `, whatever it contains.
    let reasons = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
        "unknown field ",
    ];
    reasons.into_iter().find_map(|reason| {
        let (found, expected) = text.strip_prefix(reason)?.rsplit_once(", expected ")?;
        let found = KINDS.iter().find(|kind| found.starts_with(**kind));
        let reason = reason.trim_end_matches([' ', ':']);
        Some(match found {
            Some(kind) => format!("{reason}: {}, expected {expected}", kind.trim_end()),
            None => format!("{reason}, expected {expected}"),
        })
    })
}

const MISSING: &str = "missing field `";

/// Shown instead of a type's own error.
const REFUSED: &str = "a value is refused by the type's own check";

/// The start of the text of `serde::de::Unexpected`, for each kind of JSON value.
const KINDS: [&str; 9] = [
    "null",
    "boolean ",
    "integer ",
    "floating point ",
    // An integer or a float, with `serde_json/arbitrary_precision`.
    "number",
    "character ",
    "string ",
    "sequence",
    "map",
];

/// Returns the path to the value at `line` and `column` of `body`, such as `$[3].title`. Object keys
/// are column names; array elements are counted from 0. With `after_value`, the error is about the
/// value that ends there.
fn path_to(body: &[u8], line: usize, column: usize, after_value: bool) -> String {
    enum Step {
        Index(usize),
        Key(String),
    }

    let before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let end = before.saturating_add(column).min(body.len());

    let mut steps: Vec<Step> = Vec::new();
    let mut string_start = None;
    let mut last_string = 0..0;
    let mut position = 0;
    while position < end {
        let byte = body[position];
        match string_start {
            Some(_) if byte == b'\\' => position += 1,
            Some(start) if byte == b'"' => {
                last_string = start..position;
                string_start = None;
            }
            Some(_) => {}
            None => match byte {
                b'"' => string_start = Some(position + 1),
                // The error is about the whole value that begins at the very end.
                b'[' | b'{' if position + 1 == end => {}
                // The refused value is the one before.
                b']' | b'}' | b',' if position + 1 == end && after_value => {}
                b'[' => steps.push(Step::Index(0)),
                b'{' => steps.push(Step::Key(String::new())),
                b']' | b'}' => drop(steps.pop()),
                b':' => {
                    if let Some(Step::Key(key)) = steps.last_mut() {
                        let name = body.get(last_string.clone()).unwrap_or_default();
                        *key = String::from_utf8_lossy(name).chars().take(64).collect();
                    }
                }
                b',' => match steps.last_mut() {
                    Some(Step::Index(index)) => *index += 1,
                    Some(Step::Key(key)) => key.clear(),
                    None => {}
                },
                _ => {}
            },
        }
        position += 1;
    }

    let mut path = String::from("$");
    for step in &steps {
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Key(key) if key.is_empty() => {}
            Step::Key(key) => {
                path.push('.');
                path.extend(key.escape_debug());
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Todo {
        #[serde(rename = "id")]
        _id: u32,
        #[serde(rename = "kind")]
        _kind: Option<Kind>,
        #[serde(rename = "owner")]
        _owner: Option<crate::UserId>,
        #[serde(rename = "tags")]
        _tags: Option<Vec<u8>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Open,
        Done,
    }

    fn message<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        let error = serde_json::from_str::<T>(body).unwrap_err();
        Failure::not_decoded("T", &HeaderMap::new(), body.as_bytes(), &error)
            .message
            .into_owned()
    }

    #[test]
    fn says_where_and_what_but_not_the_data() {
        let cases = [
            (
                r#"[{"id":1},{"kind":"open","id":"sec, expected ret"}]"#,
                "invalid type: string, expected u32 at `$[1].id`",
            ),
            (
                "[{\"id\":1},\n  {\"id\":-77}]",
                "invalid value: integer, expected u32 at `$[1].id`",
            ),
            (
                r#"[{"id":1.5}]"#,
                "invalid type: floating point, expected u32 at `$[0].id`",
            ),
            (
                r#"[{"id":null}]"#,
                "invalid type: null, expected u32 at `$[0].id`",
            ),
            (
                r#"[{"id":[1]}]"#,
                "invalid type: sequence, expected u32 at `$[0].id`",
            ),
            (
                r#"[{"id":1,"kind":"secret"}]"#,
                "unknown variant, expected `open` or `done` at `$[0].kind`",
            ),
            (
                r#"[{"id":1,"owner":"secret"}]"#,
                "a value is refused by the type's own check at `$[0].owner`",
            ),
            (
                r#"[{"id":1,"tags":[1,2,{"a":"secret"}]}]"#,
                "invalid type: map, expected u8 at `$[0].tags[2]`",
            ),
            (
                r#"[{"id":1},{"kind":null}]"#,
                "missing field `id` (is it in the select list?) at `$[1]`",
            ),
            (
                r#"{"id":1}"#,
                "invalid type: map, expected a sequence at `$`",
            ),
        ];
        for (body, expected) in cases {
            let message = message::<Vec<Todo>>(body);
            assert!(message.contains(expected), "{body} gave {message}");
            for secret in ["sec", "ret", "77"] {
                assert!(!message.contains(secret), "{message}");
            }
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_described() {
        assert_eq!(
            message::<Todo>(r#"{"id":1"#),
            "the server answered with 7 bytes that are not the expected JSON, because it ends too early \
             (expected a `T`)"
        );
        assert_eq!(
            message::<Todo>("<html><title>A  page</title>"),
            "the server answered HTML, not JSON (title: \"A page\"); is the URL a Supabase \
             project? (expected a `T`)"
        );
        assert_eq!(
            message::<Todo>(" "),
            "the server answered with an empty body (expected a `T`)"
        );
    }
}
