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
    words(sql).any(|text| {
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

/// Returns the names that follow `create extension`. Those of comments and texts count: it only costs time.
pub(super) fn extensions(sql: &str) -> Vec<String> {
    let is = |word: &str, expected: &str| word.eq_ignore_ascii_case(expected);
    let mut words = words(sql).peekable();
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        let follows = words.next_if(|next| is(word, "create") && is(next, "extension"));
        if follows.is_none() {
            continue;
        }
        for skipped in ["if", "not", "exists"] {
            let _ = words.next_if(|next| is(next, skipped));
        }
        if let Some(name) = words.next() {
            names.push(name.to_lowercase());
            // One name has a hyphen, which is not of a word.
            if is(name, "uuid") && words.next_if(|next| is(next, "ossp")).is_some() {
                names.push("uuid-ossp".to_owned());
            }
        }
    }
    names
}

/// Returns whether the SQL has a `copy … from stdin`.
pub(super) fn copies_from_stdin(sql: &str) -> bool {
    let (mut is_copy, mut last) = (false, "");
    words(sql).any(|word| {
        is_copy |= word.eq_ignore_ascii_case("copy");
        let follows = std::mem::replace(&mut last, word).eq_ignore_ascii_case("from");
        is_copy && follows && word.eq_ignore_ascii_case("stdin")
    })
}

/// Returns all words. Those in comments and texts count: a PL/pgSQL block is a text.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|letter: char| !is_of_word(letter))
        .filter(|word| !word.is_empty())
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
    fn extensions_are_found_by_their_names() {
        for (sql, names) in [
            ("create extension citext;", vec!["citext"]),
            (
                "CREATE  EXTENSION if not\nexists \"pg_trgm\" with schema extensions",
                vec!["pg_trgm"],
            ),
            ("create extension \"uuid-ossp\"", vec!["uuid", "uuid-ossp"]),
            (
                "create extension a; create extension b cascade;",
                vec!["a", "b"],
            ),
            ("create extension", vec![]),
            ("create table extension (id int)", vec![]),
            ("drop extension citext", vec![]),
        ] {
            assert_eq!(extensions(sql), names, "{sql}");
        }
    }

    #[test]
    fn a_copy_from_stdin_is_found() {
        assert!(copies_from_stdin(
            "COPY public.t (id, name) FROM stdin;\n1\ta\n\\."
        ));
        assert!(!copies_from_stdin("copy t from '/tmp/stdin'"));
        assert!(!copies_from_stdin("select * from stdin"));
        assert!(!copies_from_stdin(""));
    }

    proptest! {
        #[test]
        fn any_text_has_an_end(sql in any::<String>()) {
            let _ = changes_server(&sql);
            let names = extensions(&format!("{sql} create extension citext"));
            prop_assert_eq!(names.last().map(String::as_str), Some("citext"));
        }
    }
}
