//! What the SQL of a project needs of its server, as far as its words tell.

/// Statements that change more of a server than one database.
const OF_SERVER: [&str; 6] = ["role", "user", "group", "database", "system", "tablespace"];

/// Returns whether the SQL changes roles, databases or the server's settings.
pub(super) fn changes_server(sql: &str) -> bool {
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    pairs(sql).any(|(_, first, second)| {
        ["create", "alter", "drop"]
            .iter()
            .any(|verb| is(first, verb))
            && OF_SERVER.iter().any(|noun| is(second, noun))
    })
}

/// Returns the line of the first `exception when …` of a PL/pgSQL block.
pub(super) fn exception_handler(sql: &str) -> Option<usize> {
    pairs(sql)
        .find(|(_, first, second)| {
            first.eq_ignore_ascii_case("exception") && second.eq_ignore_ascii_case("when")
        })
        .map(|(line, ..)| line)
}

/// Returns all pairs of words with nothing but space and comments between them, and the first one's line, from 1.
/// Words in texts count: a PL/pgSQL block is a text.
fn pairs(sql: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let (mut rest, mut line) = (sql, 1);
    let mut last = None;
    std::iter::from_fn(move || {
        while let Some(letter) = rest.chars().next() {
            let end = if rest.starts_with("--") {
                rest.find('\n')
            } else if rest.starts_with("/*") {
                rest.find("*/").map(|end| end + 2)
            } else if is_of_word(letter) {
                rest.find(|letter| !is_of_word(letter))
            } else {
                if !letter.is_whitespace() {
                    last = None;
                }
                Some(letter.len_utf8())
            };
            let (taken, after) = rest.split_at(end.unwrap_or(rest.len()));
            let here = line;
            line += taken.matches('\n').count();
            rest = after;
            if is_of_word(letter)
                && let Some((line, first)) = last.replace((here, taken))
            {
                return Some((line, first, taken));
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
            "do $$ begin\n  create /* the */ user reader; end $$",
            "ALTER DATABASE postgres SET timezone TO 'UTC'",
            "alter role authenticator set statement_timeout = '5s'",
            "drop role -- a comment\n reader",
        ] {
            assert!(changes_server(sql), "{sql}");
        }
        for sql in [
            "create table roles (id int)",
            "-- create role reader",
            "/* create role\n reader */ select 1",
            "grant select on t to role_x",
            "create",
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
