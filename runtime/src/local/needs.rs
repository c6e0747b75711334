//! What the SQL of a project needs of its server, as far as its words tell.

/// What belongs to a server and not to one of its databases.
const OF_SERVER: [&str; 6] = ["role", "user", "group", "database", "system", "tablespace"];

/// How many words of a `grant` to look at.
const GRANT: usize = 16;

/// Returns whether the SQL changes roles, databases or the server's settings. A comment that reads like it counts
/// as well: it only costs a server.
pub(super) fn changes_server(sql: &str) -> bool {
    // The word before, and in how many words the `on`, `to` or `from` of a `grant` is expected.
    let (mut last, mut grant) = ("", 0_usize);
    words(sql, false).any(|Word { text, .. }| {
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let verbs = ["create", "alter", "drop", "on"];
        let is_statement =
            is(&OF_SERVER) && verbs.iter().any(|verb| last.eq_ignore_ascii_case(verb));
        let is_membership = grant > 0 && is(&["to", "from"]);
        grant = match text {
            _ if is(&["grant", "revoke"]) => GRANT,
            _ if is(&["on"]) => 0,
            _ => grant.saturating_sub(1),
        };
        last = text;
        is_statement || is_membership
    })
}

/// Returns the line of the first `exception when …` of a PL/pgSQL block.
pub(super) fn exception_handler(sql: &str) -> Option<usize> {
    let mut last: Option<Word<'_>> = None;
    words(sql, true).find_map(|word| {
        let first = last.replace(word)?;
        let is_handler = first.text.eq_ignore_ascii_case("exception")
            && word.text.eq_ignore_ascii_case("when")
            && word.follows;
        is_handler.then_some(first.line)
    })
}

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    /// From 1.
    line: usize,
    /// Whether there is nothing but space and comments between it and the word before.
    follows: bool,
}

/// Returns all words, without those of comments if asked. Words in texts count: a PL/pgSQL block is a text.
fn words(sql: &str, skips_comments: bool) -> impl Iterator<Item = Word<'_>> {
    let (mut rest, mut line, mut follows) = (sql, 1, false);
    let mut is_quoted = false;
    std::iter::from_fn(move || {
        while let Some(letter) = rest.chars().next() {
            let is_comment = |start| skips_comments && !is_quoted && rest.starts_with(start);
            let comment = match (is_comment("--"), is_comment("/*")) {
                (true, _) => Some(rest.find('\n').unwrap_or(rest.len())),
                (_, true) => rest.find("*/").map(|end| end + 2),
                _ => None,
            };
            let is_word = comment.is_none() && is_of_word(letter);
            let end = match (comment, is_word) {
                (Some(end), _) => end,
                (None, true) => rest
                    .find(|letter| !is_of_word(letter))
                    .unwrap_or(rest.len()),
                (None, false) => letter.len_utf8(),
            };
            let (text, after) = rest.split_at(end);
            rest = after;
            if is_word {
                let follows = std::mem::replace(&mut follows, true);
                return Some(Word {
                    text,
                    line,
                    follows,
                });
            }
            line += text.matches('\n').count();
            if comment.is_none() {
                is_quoted ^= letter == '\'';
                follows &= letter.is_whitespace();
            }
        }
        None
    })
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn statements_about_roles_and_databases_change_the_server() {
        for sql in [
            "create role reader",
            "select 1;CREATE  ROLE reader;",
            "do $$ begin\n  create user reader; end $$",
            "ALTER DATABASE postgres SET timezone TO 'UTC'",
            "alter role authenticator set statement_timeout = '5s'",
            "insert into types values ('{image/*}'); create role reader;",
            "select '--'; create role reader",
            "comment on role reader is 'reads'",
            "grant connect on database postgres to reader",
            "grant reader to authenticator",
            "revoke anon, authenticated from authenticator",
            "-- create role reader",
        ] {
            assert!(changes_server(sql), "{sql}");
        }
        for sql in [
            "create table roles (id int)",
            "grant select on t to role_x",
            "grant select (id, title), insert on public.t to anon, authenticated",
            "revoke all on all tables in schema public from anon",
            "create",
            "grant",
            "",
            "create policy p on t to role_x using (user = 'x')",
        ] {
            assert!(!changes_server(sql), "{sql}");
        }
    }

    #[test]
    fn a_handler_is_found_with_its_line() {
        let sql = "create function f() returns void language plpgsql as $$\nbegin\n  perform 1;\n\
                   EXCEPTION\n  WHEN others THEN null;\nend $$;";
        assert_eq!(exception_handler(sql), Some(4));
        for sql in [
            "select '{image/*}'; exception when",
            "select '--'; exception /* here */ when",
            "/* not closed exception when",
        ] {
            assert_eq!(exception_handler(sql), Some(1), "{sql}");
        }
        for sql in [
            "raise exception 'when';",
            "raise exception; when x",
            "-- exception when others",
            "raise exception using message = 'x'",
        ] {
            assert_eq!(exception_handler(sql), None, "{sql}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_end(sql in any::<String>(), line in 0..3_usize) {
            let _ = changes_server(&sql);
            let sql = format!("{}exception when", "\n".repeat(line));
            prop_assert_eq!(exception_handler(&sql), Some(line + 1));
        }
    }
}
