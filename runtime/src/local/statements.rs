//! Splits SQL into its statements, as `psql` and the Supabase CLI do.

use std::ops::Range;

/// One statement, without the semicolon that ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement<'a> {
    /// From its first word to its last, with the comments between them.
    pub(super) text: &'a str,
    /// How many bytes of the SQL are before it.
    pub(super) offset: usize,
}

/// The kind of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name without quotes, or a number.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A text in single quotes, or in dollar quotes.
    Text,
    Symbol,
}

/// A part of a statement. Space and comments are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

impl Token {
    pub(super) fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether it is this keyword.
    pub(super) fn is(&self, sql: &str, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text(sql).eq_ignore_ascii_case(keyword)
    }
}

/// Returns the statements of `sql`. Those without a word, such as a lone comment, are left out.
pub(super) fn statements(sql: &str) -> impl Iterator<Item = Statement<'_>> {
    let mut tokens = tokens(sql);
    std::iter::from_fn(move || {
        let mut range: Option<Range<usize>> = None;
        let mut nesting = Nesting::default();
        for token in tokens.by_ref() {
            if nesting.is_end(sql, &token) {
                match range {
                    Some(_) => break,
                    None => continue,
                }
            }
            let start = range.map_or(token.range.start, |range| range.start);
            range = Some(start..token.range.end);
        }
        let range = range?;
        Some(Statement {
            offset: range.start,
            text: sql.get(range)?,
        })
    })
}

/// Where a semicolon does not end a statement: in parentheses (`create rule … do (…; …)`), and in the body of a
/// function that is written as `begin atomic … end`.
#[derive(Default)]
struct Nesting {
    parentheses: usize,
    /// The words so far, up to those that tell a function.
    words: usize,
    creates: bool,
    is_routine: bool,
    blocks: usize,
    /// Whether the last word was `begin`, which may also be the name of an argument.
    follows_begin: bool,
}

impl Nesting {
    /// Takes the next token. Returns whether it ends the statement.
    fn is_end(&mut self, sql: &str, token: &Token) -> bool {
        match (token.kind, token.text(sql)) {
            (Kind::Symbol, "(") => self.parentheses += 1,
            (Kind::Symbol, ")") => self.parentheses = self.parentheses.saturating_sub(1),
            (Kind::Symbol, ";") => return self.parentheses == 0 && self.blocks == 0,
            (Kind::Word, _) => self.word(sql, token),
            _ => {}
        }
        false
    }

    fn word(&mut self, sql: &str, token: &Token) {
        let is = |keyword| token.is(sql, keyword);
        self.creates |= self.words == 0 && is("create");
        // `create or replace function`
        self.is_routine |= self.creates && self.words < 4 && (is("function") || is("procedure"));
        self.words += 1;
        let follows_begin = std::mem::replace(&mut self.follows_begin, is("begin"));
        if self.is_routine && ((follows_begin && is("atomic")) || (self.blocks > 0 && is("case"))) {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }
}

/// Returns the tokens of `sql`. What is not closed, such as a text, ends with the SQL.
pub(super) fn tokens(sql: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = sql.get(at..)?;
            let letter = rest.chars().next()?;
            let (kind, length) = match letter {
                _ if letter.is_whitespace() => (None, letter.len_utf8()),
                '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
                '/' if rest.starts_with("/*") => (None, comment(rest)),
                '\'' => (Some(Kind::Text), quoted(rest, '\'', false)),
                '"' => (Some(Kind::Quoted), quoted(rest, '"', false)),
                'e' | 'E' if rest[1..].starts_with('\'') => {
                    (Some(Kind::Text), 1 + quoted(&rest[1..], '\'', true))
                }
                '$' => match dollar_quoted(rest) {
                    Some(length) => (Some(Kind::Text), length),
                    None => (Some(Kind::Symbol), 1),
                },
                _ if is_of_word(letter) => {
                    let end = rest.find(|letter| !is_of_word(letter) && letter != '$');
                    (Some(Kind::Word), end.unwrap_or(rest.len()))
                }
                _ => (Some(Kind::Symbol), letter.len_utf8()),
            };
            let range = at..at + length;
            at = range.end;
            if let Some(kind) = kind {
                return Some(Token { kind, range });
            }
        }
    })
}

/// Returns the text in the quotes of a [`Kind::Text`] token, and how many bytes are before it.
pub(super) fn body(text: &str) -> (usize, &str) {
    let open = match text.strip_prefix('$') {
        Some(rest) => rest.find('$').map_or(1, |tag| tag + 2),
        None => text.find('\'').map_or(0, |quote| quote + 1),
    };
    let close = match text.starts_with('$') {
        true => open,
        false => 1,
    };
    let end = text.len().saturating_sub(close).max(open);
    (open, text.get(open..end).unwrap_or_default())
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a comment, which may hold others.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a text that starts with the quote. A doubled quote does not end it, nor does one after a backslash
/// if these escape.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && escapes {
            letters.next();
        } else if letter == quote && letters.next_if(|next| next.1 == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// The length of a text such as `$$…$$` or `$tag$…$tag$`, if it is one.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let after_sign = rest.strip_prefix('$')?;
    let name = after_sign.split(|letter| !is_of_word(letter)).next()?;
    let is_tag = after_sign.get(name.len()..)?.starts_with('$')
        && !name.starts_with(|first: char| first.is_numeric());
    if !is_tag {
        return None;
    }
    let (tag, text) = rest.split_at(name.len() + 2);
    let end = text.find(tag).map(|end| tag.len() + end + tag.len());
    Some(end.unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).map(|statement| statement.text).collect()
    }

    #[test]
    fn a_semicolon_ends_a_statement_where_postgresql_says_so() {
        for (sql, expected) in [
            ("select 1; select 2", vec!["select 1", "select 2"]),
            (";; select 1;;", vec!["select 1"]),
            ("-- a; b\nselect 1", vec!["select 1"]),
            ("/* a; /* b; */ c; */ select 1;", vec!["select 1"]),
            (
                "select ';'; select \"a;b\"",
                vec!["select ';'", "select \"a;b\""],
            ),
            ("select 'it''s; so'; x", vec!["select 'it''s; so'", "x"]),
            (r"select E'\';'; x", vec![r"select E'\';'", "x"]),
            (r"select '\'; x", vec![r"select '\'", "x"]),
            ("do $$ a; $x$ b; $$; x", vec!["do $$ a; $x$ b; $$", "x"]),
            ("do $é$ a; $$ b; $é$; x", vec!["do $é$ a; $$ b; $é$", "x"]),
            ("select $1; x$y$; z", vec!["select $1", "x$y$", "z"]),
            (
                "create rule r as on insert to t do (select 1; select 2); x",
                vec![
                    "create rule r as on insert to t do (select 1; select 2)",
                    "x",
                ],
            ),
            (
                "create or replace function f() returns int begin atomic select case when true then 1 end; end; x",
                vec![
                    "create or replace function f() returns int begin atomic select case when true then 1 end; end",
                    "x",
                ],
            ),
            (
                "begin; select 1; end; x",
                vec!["begin", "select 1", "end", "x"],
            ),
            ("select 'open; x", vec!["select 'open; x"]),
            ("-- only a comment", vec![]),
        ] {
            assert_eq!(texts(sql), expected, "{sql}");
        }
    }

    #[test]
    fn the_text_in_quotes_is_found() {
        for (text, expected) in [
            ("$$a$$", (2, "a")),
            ("$x$a$x$", (3, "a")),
            ("'a'", (1, "a")),
            ("E'a'", (2, "a")),
            ("'", (1, "")),
            ("$$", (2, "")),
        ] {
            assert_eq!(body(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_split_without_a_loss(sql in r#"([a-z'"$;()/*\\ \n-]|é|begin|end|create function| E'|--){0,60}"#) {
            let mut end = 0;
            for token in tokens(&sql) {
                prop_assert!(token.range.start >= end && !token.text(&sql).is_empty());
                end = token.range.end;
                let _ = body(token.text(&sql));
            }
            for statement in statements(&sql) {
                prop_assert_eq!(sql.get(statement.offset..statement.offset + statement.text.len()), Some(statement.text));
            }
        }
    }
}
