//! Names of columns and tables, as PostgREST's grammar reads them.
//!
//! Outside of double quotes PostgREST reads a name up to the first character that it does not
//! expect in one. In a filter's key it ignores whatever follows the name: `id:x` would compare `id`.
//! So every name is read here first, and quoted where PostgREST would not read it to its end.

use super::outside::Outside;
use super::value::quoted;

/// The characters that PostgREST drops around a name.
const BLANKS: [char; 2] = [' ', '\t'];

/// A column and the embedded tables on the way to it: `items.meta->>color`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnPath {
    /// `items.`, or empty.
    pub(super) embedded: String,
    /// `meta->>color`
    pub(super) column: String,
}

impl ColumnPath {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // Most columns are one plain word.
        if is_word(text) {
            return Ok(Self {
                embedded: String::new(),
                column: text.to_owned(),
            });
        }
        Self::read(text).ok_or_else(|| {
            if text.trim_matches(BLANKS).is_empty() {
                return "a filter has no column".to_owned();
            }
            format!(
                "`{}` is not a column: a name in it is empty, or its double quotes do not match",
                text.escape_debug()
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut embedded = String::new();
        let mut rest = text;
        loop {
            let (name, after) =
                read_name(rest, |rest| rest.starts_with('.') || rest.starts_with("->"))?;
            if let Some(next) = after.strip_prefix('.') {
                embedded.push_str(&name);
                embedded.push('.');
                rest = next;
                continue;
            }
            let mut column = name;
            push_json_path(&mut column, after)?;
            return Some(Self { embedded, column });
        }
    }
}

/// One column of the table itself, with its JSON path if it has one.
pub(super) fn own_column(text: &str) -> Result<String, String> {
    let path = ColumnPath::parse(text)?;
    if path.embedded.is_empty() {
        return Ok(path.column);
    }
    Err(format!(
        "`{}` is not a column here: put a name with a `.` in double quotes, and filter or order an \
         embedded table with `referenced_table`",
        text.escape_debug()
    ))
}

/// A term of `order`: a column, or a column of a to-one embedded table such as `customers(name)`.
pub(super) fn order_term(text: &str) -> Result<String, String> {
    let unquoted = |wanted: char| {
        let mut outside = Outside::new(text);
        outside.find(|(_, c)| *c == wanted).map(|(index, _)| index)
    };
    if unquoted(',').is_some() {
        return Err("`order` takes one column; call it once for each".to_owned());
    }
    let Some(open) = unquoted('(') else {
        return own_column(text);
    };
    let of_embedded = || {
        let inner = text[open + 1..]
            .trim_end_matches(BLANKS)
            .strip_suffix(')')?;
        let (table, _) = read_name(&text[..open], |_| false)?;
        let column = own_column(inner).ok()?;
        Some(format!("{table}({column})"))
    };
    of_embedded().ok_or_else(|| {
        format!(
            "`{}` is not a column to order by: put a name with parentheses in double quotes",
            text.escape_debug()
        )
    })
}

/// Names separated by commas, as `on_conflict` takes them.
pub(super) fn name_list(text: &str) -> Result<String, String> {
    let mut list = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (name, after) = read_name(rest, |rest| rest.starts_with(',')).ok_or_else(|| {
            format!(
                "`{}` is not a list of columns: a name in it is empty, or its double quotes do not \
                 match",
                text.escape_debug()
            )
        })?;
        list.push_str(&name);
        match after.strip_prefix(',') {
            Some(next) => {
                list.push(',');
                rest = next;
            }
            None => return Ok(list),
        }
    }
}

/// The path to an embedded table: `items`, `orders.items`.
pub(super) fn table_path(text: &str) -> Result<String, String> {
    match ColumnPath::read(text) {
        Some(path) if !path.column.contains("->") => Ok(path.embedded + &path.column),
        _ => Err(format!(
            "`{}` is not the name of an embedded table",
            text.escape_debug()
        )),
    }
}

/// Returns whether PostgREST would read a key of the query as one of its own parameters, or Supabase's
/// gateway would read it as an API key, unless it is in quotes.
pub(super) fn is_parameter(name: &str) -> bool {
    matches!(
        name,
        "select"
            | "columns"
            | "on_conflict"
            | "order"
            | "limit"
            | "offset"
            | "and"
            | "or"
            | "apikey"
    )
}

/// Returns the key of a function's argument, which is one name whatever `name` contains.
pub(super) fn argument_key(name: &str) -> String {
    if is_word(name) && !is_parameter(name) {
        return name.to_owned();
    }
    quoted(name)
}

/// Reads the name that `text` starts with. Returns it, quoted if necessary, and the rest, which is
/// empty or accepted by `ends`.
fn read_name(text: &str, ends: impl Fn(&str) -> bool) -> Option<(String, &str)> {
    let text = text.trim_start_matches(BLANKS);
    if text.starts_with('"') {
        let (quoted, after) = split_quoted(text)?;
        let after = after.trim_start_matches(BLANKS);
        return (after.is_empty() || ends(after)).then(|| (quoted.to_owned(), after));
    }
    let end = text
        .char_indices()
        .map(|(index, _)| index)
        .find(|index| ends(&text[*index..]))
        .unwrap_or(text.len());
    // PostgREST also drops the blanks around a name.
    let name = text[..end].trim_end_matches(BLANKS);
    if name.is_empty() {
        return None;
    }
    let name = match is_plain(name) {
        true => name.to_owned(),
        false => quoted(name),
    };
    Some((name, &text[end..]))
}

/// Appends the JSON path `->a->>b`, which may be empty.
fn push_json_path(column: &mut String, path: &str) -> Option<()> {
    let mut rest = path;
    while !rest.is_empty() {
        let arrow = if rest.starts_with("->>") { "->>" } else { "->" };
        let (key, after) = read_key(rest.strip_prefix(arrow)?)?;
        column.push_str(arrow);
        column.push_str(&key);
        rest = after;
    }
    Some(())
}

fn read_key(text: &str) -> Option<(String, &str)> {
    let end = text.find("->").unwrap_or(text.len());
    let key = text[..end].trim_matches(BLANKS);
    let digits = key.strip_prefix('-').unwrap_or(key);
    // In quotes it would be a key of an object, not an index of an array.
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((key.to_owned(), &text[end..]));
    }
    read_name(text, |rest| rest.starts_with("->"))
}

/// Splits off the quoted name that `text` starts with, as it is written.
fn split_quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find_map(|(index, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(index + 1)
    })?;
    // A PostgreSQL identifier is not empty.
    (end > 2).then(|| text.split_at(end))
}

fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.bytes().all(plain)
}

/// Returns whether PostgREST reads `name` to its end without quotes: letters, digits, `_`, `$` and
/// blanks, joined by single dashes. It drops the blanks around a dash.
fn is_plain(name: &str) -> bool {
    is_word(name)
        || name.split('-').all(|part| {
            let in_name = |c: char| matches!(c, '0'..='9' | '_' | '$' | ' ') || is_letter(c);
            !part.is_empty() && part.trim() == part && part.chars().all(in_name)
        })
}

/// Returns whether `c` is a letter of a script without combining vowel signs. PostgREST accepts only
/// some characters of other scripts as letters.
fn is_letter(c: char) -> bool {
    let known = matches!(c,
        '\u{aa}'..='\u{24f}'
        | '\u{370}'..='\u{4ff}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}');
    c.is_ascii_alphabetic() || known && c.is_alphabetic()
}

#[cfg(test)]
mod tests;
