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

    proptest! {
        #[test]
        fn any_text_has_an_end(sql in any::<String>()) {
            let _ = changes_server(&sql);
            let changes = format!("{sql} create role reader");
            prop_assert!(changes_server(&changes));
        }
    }
}
