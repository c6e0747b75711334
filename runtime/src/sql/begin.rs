//! The statement that begins a transaction: all of it in one message, so that it takes one round trip.

use std::fmt::Write as _;

use super::acting::Acting;
use super::role_settings::RoleSettings;
use crate::literal::literal;

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    ReadWrite,
    Read,
}

/// The `search_path` of Supabase's API.
const SEARCH_PATH: &str = "public, extensions";

/// Settings of PostgREST's earlier versions. Supabase's `auth.uid()` still reads them, and believes them
/// before the claims, so a value that someone left in the session must not be seen.
const LEGACY: [&str; 3] = [
    "request.jwt.claim.sub",
    "request.jwt.claim.role",
    "request.jwt.claim.email",
];

/// Removes the statements that sqlx has prepared in the session. Behind a transaction pooler, a session has
/// had other clients, whose statements have the same names. (PgBouncer from 1.21 renames its clients'
/// statements, and those are left alone.)
const FORGET_STATEMENTS: &str = "do $$ declare named text; begin \
     for named in select name from pg_catalog.pg_prepared_statements \
       where pg_catalog.starts_with(name, 'sqlx_s_') loop \
       execute pg_catalog.format('deallocate %I', named); \
     end loop; end $$;";

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
        sql.push_str(FORGET_STATEMENTS);
    }
    sql.push_str("select ");
    for name in LEGACY {
        set(&mut sql, name, "");
    }
    set(&mut sql, "request.jwt.claims", &acting.claims);
    set(&mut sql, "search_path", SEARCH_PATH);
    for (name, value) in &settings.settings {
        set(&mut sql, name, value);
    }
    // Last: the role may not be permitted to change a setting.
    set(&mut sql, "role", &acting.role);
    sql.pop();
    sql
}

/// Adds a setting that ends with the transaction, and a comma.
fn set(sql: &mut String, name: &str, value: &str) {
    let (name, value) = (literal(name), literal(value));
    // Writing to a `String` cannot fail.
    let _ = write!(sql, "pg_catalog.set_config({name},{value},true),");
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
            settings: vec![("statement_timeout".to_owned(), "8s".to_owned())],
        };
        let sql = begin(&acting, &settings, Access::Read, false);
        assert_eq!(
            sql,
            "begin isolation level serializable read only;select \
             pg_catalog.set_config(E'request.jwt.claim.sub',E'',true),\
             pg_catalog.set_config(E'request.jwt.claim.role',E'',true),\
             pg_catalog.set_config(E'request.jwt.claim.email',E'',true),\
             pg_catalog.set_config(E'request.jwt.claims',E'{\"sub\":\"o''b\"}',true),\
             pg_catalog.set_config(E'search_path',E'public, extensions',true),\
             pg_catalog.set_config(E'statement_timeout',E'8s',true),\
             pg_catalog.set_config(E'role',E'authenticated',true)"
        );
        let pooled = begin(&acting, &RoleSettings::default(), Access::ReadWrite, true);
        assert!(pooled.starts_with("begin;do $$"), "{pooled}");
    }
}
