//! What a transaction may have left in its session, and how it is removed.
//!
//! SQL can change a session beyond its transaction: `set` without `local`, temporary tables, cursors `with hold`,
//! `listen`, advisory locks, `set role`, `prepare`. None of it may reach the next transaction, which may be another
//! user's.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row, raw_sql};
use tokio::time::timeout;

/// Removes the statements that sqlx has prepared in the session. Behind a transaction pooler, a session has
/// had other clients, whose statements have the same names. (PgBouncer from 1.21 renames its clients'
/// statements, and those are left alone.)
macro_rules! forget_statements {
    () => {
        "do $$ declare named text; begin \
           for named in select name from pg_catalog.pg_prepared_statements \
             where pg_catalog.starts_with(name, 'sqlx_s_') loop \
             execute pg_catalog.format('deallocate %I', named); \
           end loop; end $$;"
    };
}
pub(super) use forget_statements;

/// Removes all that can be removed, but for locks.
macro_rules! remove {
    () => {
        "close all; unlisten *; discard temp; reset all; set session authorization default"
    };
}

/// Removes what can be removed, and tells what cannot: an open transaction, and prepared statements.
///
/// `now()` is when the transaction began, so it equals `statement_timestamp()` only if this message began it.
///
/// The statements that sqlx has prepared stay, because they have no identity. SQL can take their names for others,
/// which sqlx would then execute: such a session must not be used again.
const CLEAN: &str = concat!(
    "select pg_catalog.pg_advisory_unlock_all(), \
       pg_catalog.now() = pg_catalog.statement_timestamp() as is_idle, \
       pg_catalog.count(*) filter (where from_sql) as foreign_statements, \
       pg_catalog.count(*) filter (where not from_sql) as statements \
     from pg_catalog.pg_prepared_statements; ",
    remove!()
);

/// Runs what is deferred to the commit, as the role that the transaction acts as. In a transaction that an
/// error has aborted it fails, where `commit` would roll back and say nothing.
const READY: &str = "set constraints all immediate";

/// The same behind a transaction pooler, where the session is another client's after the commit, so it is cleaned
/// before.
const READY_AND_CLEAN: &str = concat!(
    "set constraints all immediate; select pg_catalog.pg_advisory_unlock_all(); ",
    remove!(),
    ";",
    forget_statements!()
);

/// How long the session may take. A statement whose future was dropped may still be running.
const LONGEST: Duration = Duration::from_secs(10);

/// Prepares the commit of a transaction.
///
/// Behind a transaction pooler, a transaction that is rolled back leaves the statements that sqlx has prepared, which
/// the next one removes, and what it did not do within itself: advisory locks of the session, and whatever follows a
/// `commit` of its own.
pub(super) async fn ready_to_commit(
    connection: &mut PgConnection,
    is_pooled: bool,
) -> sqlx::Result<()> {
    let ready = match is_pooled {
        true => READY_AND_CLEAN,
        false => READY,
    };
    raw_sql(ready).execute(connection).await.map(drop)
}

/// Cleans the session after a transaction. Returns `false` if it must not be used again: it did not answer, a
/// transaction is open because beginning it was cancelled halfway, or its prepared statements are not those that
/// sqlx knows.
pub(super) async fn clean(connection: &mut PgConnection) -> bool {
    let known = connection.cached_statements_size();
    let cleaned = timeout(LONGEST, raw_sql(CLEAN).fetch_one(connection)).await;
    // An error can be that of a statement whose future was dropped. It may quote a value, so it is not logged.
    let Ok(Ok(row)) = cleaned else { return false };
    let is = |column: &str, expected: usize| {
        let found = row.try_get::<i64, _>(column).ok();
        found.and_then(|found| usize::try_from(found).ok()) == Some(expected)
    };
    row.try_get("is_idle").unwrap_or(false)
        && is("foreign_statements", 0)
        && is("statements", known)
}
