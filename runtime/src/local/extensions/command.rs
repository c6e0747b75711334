//! Statements about extensions.

use std::ops::Range;

use crate::local::statements::{Kind, Token, body as quoted, tokens};

/// What a [`Command`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) enum Verb {
    Create,
    /// `drop`, `alter` or `comment on`.
    Other,
}

/// A statement about one extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::local) struct Command {
    pub(in crate::local) verb: Verb,
    pub(in crate::local) name: String,
    /// Of `create extension … schema NAME`.
    pub(in crate::local) schema: Option<String>,
    /// Where it is, without its semicolon.
    pub(in crate::local) range: Range<usize>,
}

impl Command {
    /// Returns what a statement does with extensions: what it says itself, or, if it is a `do` block, what the block
    /// runs.
    pub(in crate::local) fn of(statement: &str) -> Vec<Self> {
        if let Some(command) = Self::of_statement(statement) {
            return vec![command];
        }
        let Some((start, body)) = block(statement) else {
            return Vec::new();
        };
        let commands = Self::all(body).into_iter().chain(Self::executed(body));
        let placed = commands.map(|command| Self {
            range: start + command.range.start..start + command.range.end,
            ..command
        });
        placed.collect()
    }

    /// Returns the statements in the body of a `do` block.
    fn all(body: &str) -> Vec<Self> {
        let tokens: Vec<Token> = tokens(body).collect();
        let starts = 0..tokens.len();
        starts
            .filter_map(|start| Self::parse(body, tokens.get(start..)?))
            .collect()
    }

    /// Returns the statements that the body of a `do` block runs as `execute '…'`.
    fn executed(body: &str) -> Vec<Self> {
        let tokens: Vec<Token> = tokens(body).collect();
        let commands = tokens.windows(2).filter_map(|pair| match pair {
            [execute, text] if execute.is(body, "execute") && text.kind == Kind::Text => {
                let command = Self::of_statement(quoted(text.text(body)).1)?;
                let range = execute.range.start..text.range.end;
                Some(Self { range, ..command })
            }
            _ => None,
        });
        commands.collect()
    }

    fn of_statement(sql: &str) -> Option<Self> {
        // Its words end early: a whole statement is not needed.
        let tokens: Vec<Token> = tokens(sql).take(16).collect();
        let command = Self::parse(sql, &tokens)?;
        Some(Self {
            range: command.range.start..sql.len(),
            ..command
        })
    }

    fn parse(sql: &str, tokens: &[Token]) -> Option<Self> {
        let starts = |words: &[&str]| {
            let mut both = words.iter().zip(tokens);
            words.len() <= tokens.len() && both.all(|(word, token)| token.is(sql, word))
        };
        let (verb, words) = if starts(&["create", "extension", "if", "not", "exists"]) {
            (Verb::Create, 5)
        } else if starts(&["create", "extension"]) {
            (Verb::Create, 2)
        } else if starts(&["drop", "extension", "if", "exists"]) {
            (Verb::Other, 4)
        } else if starts(&["comment", "on", "extension"]) {
            (Verb::Other, 3)
        } else if starts(&["drop", "extension"]) || starts(&["alter", "extension"]) {
            (Verb::Other, 2)
        } else {
            return None;
        };
        let name = identifier(sql, tokens.get(words)?)?;
        let rest = tokens.get(words + 1..)?;
        let length = rest.iter().position(|token| token.text(sql) == ";");
        let rest = rest.get(..length.unwrap_or(rest.len()))?;
        let schema = rest.iter().position(|token| token.is(sql, "schema"));
        let schema = schema.and_then(|at| identifier(sql, rest.get(at + 1)?));
        let last = rest.last().or(tokens.get(words))?;
        Some(Self {
            verb,
            name,
            schema,
            range: tokens.first()?.range.start..last.range.end,
        })
    }
}

/// Returns the body of a `do` block, and how many bytes are before it.
fn block(statement: &str) -> Option<(usize, &str)> {
    let mut tokens = tokens(statement);
    if !tokens.next()?.is(statement, "do") {
        return None;
    }
    let text = tokens.find(|token| token.kind == Kind::Text)?;
    let (before, body) = quoted(text.text(statement));
    Some((text.range.start + before, body))
}

/// The name as PostgreSQL reads it: in lower case, unless it is in quotes.
fn identifier(sql: &str, token: &Token) -> Option<String> {
    let text = token.text(sql);
    match token.kind {
        Kind::Word => Some(text.to_lowercase()),
        Kind::Quoted => Some(text.trim_matches('"').replace("\"\"", "\"")),
        Kind::Text | Kind::Symbol => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_about_an_extension_is_read() {
        for (sql, name, schema) in [
            ("create extension pg_cron", "pg_cron", None),
            (
                "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA \"extensions\"",
                "uuid-ossp",
                Some("extensions"),
            ),
            (
                "create extension /* x */ PGMQ schema Public version '1' cascade",
                "pgmq",
                Some("public"),
            ),
            ("drop extension if exists pg_net cascade", "pg_net", None),
            ("comment on extension http is 'schema x'", "http", None),
            (
                "alter extension pg_net set schema extensions",
                "pg_net",
                Some("extensions"),
            ),
        ] {
            let command = Command::of_statement(sql).unwrap();
            assert_eq!(
                (&*command.name, command.schema.as_deref()),
                (name, schema),
                "{sql}"
            );
            assert_eq!(command.range, 0..sql.len());
        }
        for sql in [
            "create table extension ()",
            "create extension",
            "select 'create extension x'",
            "",
        ] {
            assert_eq!(Command::of_statement(sql), None, "{sql}");
        }
    }

    #[test]
    fn those_of_a_block_are_found_where_they_are() {
        let sql = "do $do$ begin if x then create extension pg_cron; end if; -- create extension a\n
                   drop extension b; execute 'create extension \"uuid-ossp\"'; execute $q$select 1$q$; end $do$";
        let found: Vec<&str> = Command::of(sql)
            .into_iter()
            .map(|one| &sql[one.range])
            .collect();
        assert_eq!(
            found,
            [
                "create extension pg_cron",
                "drop extension b",
                "execute 'create extension \"uuid-ossp\"'"
            ]
        );
        assert_eq!(
            Command::of("create function f() as $$ create extension a $$"),
            []
        );
    }
}
