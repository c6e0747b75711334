//! What a transaction may have left in its session, and how it is removed.
//!
//! SQL can change a session beyond its transaction: `set` without `local`, temporary tables, cursors `with hold`,
//! `listen`, advisory locks, `set role`. None of it may reach the next transaction, which may be another
//! user's.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Row, raw_sql};
use tokio::time::timeout;

/// Removes it, and returns whether no transaction was open. Statements that sqlx has prepared stay: they have
/// no identity.
///
/// In a transaction that was begun before, `now()` is earlier. All statements of one message have the same
/// `statement_timestamp()`.
const CLEAN: &str = "select pg_catalog.pg_advisory_unlock_all(), \
       pg_catalog.now() = pg_catalog.statement_timestamp() as is_idle; \
     close all; unlisten *; discard temp; reset all; set session authorization default";

/// Runs what is deferred to the commit, as the role that the transaction acts as. In a transaction that an
/// error has aborted it fails, where `commit` would roll back and say nothing.
const READY: &str = "set constraints all immediate";

/// How long the session may take. A statement whose future was dropped may still be running.
const LONGEST: Duration = Duration::from_secs(10);

/// Prepares the commit of a transaction.
///
/// Behind a transaction pooler, the session is another client's after the commit, so it is cleaned before. A
/// transaction that is rolled back leaves nothing but advisory locks of the session.
pub(super) async fn ready_to_commit(
    connection: &mut PgConnection,
    is_pooled: bool,
) -> sqlx::Result<()> {
    raw_sql(READY).execute(&mut *connection).await?;
    if is_pooled {
        raw_sql(CLEAN).execute(connection).await?;
    }
    Ok(())
}

/// Cleans the session after a transaction. Returns `false` if a transaction is open, because beginning it was
/// cancelled halfway.
///
/// # Errors
///
/// If the session is not clean.
pub(super) async fn clean(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let cleaned = timeout(LONGEST, raw_sql(CLEAN).fetch_one(connection)).await;
    let silent = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    cleaned
        .unwrap_or_else(|_| Err(silent()))?
        .try_get("is_idle")
}
