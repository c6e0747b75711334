//! The statement that begins a transaction: all of it in one message, so that it takes one round trip.

use std::fmt::Write as _;

use super::acting::Acting;
use super::role_settings::RoleSettings;
use super::session::forget_statements;
use crate::literal::literal;

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    ReadWrite,
    Read,
}

/// The `search_path` of Supabase's API.
const SEARCH_PATH: &str = "set local search_path=public,extensions;";

/// Settings that are lists of names, and that any user may change.
const LISTS: [&str; 3] = ["search_path", "temp_tablespaces", "local_preload_libraries"];

/// Settings of PostgREST's earlier versions. Supabase's `auth.uid()`, `auth.role()`, `auth.email()` and `auth.jwt()`
/// still read them, and believe them before the claims, so a value that someone left in the session must not be seen.
const LEGACY: [&str; 4] = [
    "request.jwt.claim",
    "request.jwt.claim.sub",
    "request.jwt.claim.role",
    "request.jwt.claim.email",
];

/// Writes the statement.
pub(super) fn begin(
    acting: &Acting,
    settings: &RoleSettings,
    access: Access,
    is_pooled: bool,
) -> String {
    let mut sql = String::with_capacity(acting.claims.len() + 512);
    sql.push_str("begin");
    if let Some(level) = settings.isolation {
        sql.push_str(" isolation level ");
        sql.push_str(level);
    }
    if access == Access::Read {
        sql.push_str(" read only");
    }
    sql.push(';');
    if is_pooled {
        // Without a pooler, the session was cleaned after its last transaction. A temporary table would hide
        // another one of its name.
        sql.push_str(concat!("discard temp;", forget_statements!()));
        for name in LEGACY {
            set(&mut sql, name, "");
        }
    }
    set(&mut sql, "request.jwt.claims", &acting.claims);
    sql.push_str(SEARCH_PATH);
    for (name, value) in &settings.settings {
        set(&mut sql, name, value);
    }
    // Last: the role may not be permitted to change a setting.
    set(&mut sql, "role", &acting.role);
    sql.pop();
    sql
}

/// Adds a setting that ends with the transaction.
///
/// PostgreSQL runs `set` in a fraction of the time of `select set_config(…)`, but takes the value of a list of names
/// as one name.
fn set(sql: &mut String, name: &str, value: &str) {
    let value = literal(value);
    // Writing to a `String` cannot fail.
    let _ = match LISTS.contains(&name) {
        true => write!(
            sql,
            "select pg_catalog.set_config({},{value},true);",
            literal(name)
        ),
        false => write!(sql, "set local \"{}\"={value};", name.replace('"', "\"\"")),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_text_in_which_nothing_but_literals_varies() {
        let acting = Acting {
            role: "authenticated".to_owned(),
            claims: r#"{"sub":"o'b"}"#.to_owned(),
        };
        let settings = RoleSettings {
            isolation: Some("serializable"),
            settings: vec![
                ("statement_timeout".to_owned(), "8s".to_owned()),
                ("search_path".to_owned(), "a, b".to_owned()),
            ],
        };
        let sql = begin(&acting, &settings, Access::Read, false);
        assert_eq!(
            sql,
            "begin isolation level serializable read only;\
             set local \"request.jwt.claims\"=E'{\"sub\":\"o''b\"}';\
             set local search_path=public,extensions;\
             set local \"statement_timeout\"=E'8s';\
             select pg_catalog.set_config(E'search_path',E'a, b',true);\
             set local \"role\"=E'authenticated'"
        );
        let pooled = begin(&acting, &RoleSettings::default(), Access::ReadWrite, true);
        assert!(pooled.starts_with("begin;discard temp;do $$"), "{pooled}");
        for name in LEGACY {
            let set = format!("set local \"{name}\"=E'';");
            assert!(pooled.contains(&set), "{pooled}");
        }
    }
}
