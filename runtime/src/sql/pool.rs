//! The pool of connections, and whether a pooler stands before the server.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::DatabaseError;
use super::session;
use crate::reach::{self, Silence};

/// How long to wait for a connection. Longer than a restart of the server.
const ACQUIRE: Duration = Duration::from_secs(15);

/// How long a connection is used. A statement that sqlx has prepared on it fails for as long as it is open if
/// a migration changes the types of the columns meanwhile ("cached plan must not change result type").
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Opens the pool.
pub(super) fn open(options: PgConnectOptions, most: u32, is_pooled: bool) -> PgPool {
    let options = match is_pooled {
        // A prepared statement is not there any more in the next transaction.
        true => options.statement_cache_capacity(0),
        false => options,
    };
    let silence = Silence::default();
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let silence = silence.clone();
            Box::pin(async move { Ok(silence.is_alive(connection, meta.idle_for).await) })
        })
        // The pool closes a connection that is not clean.
        .after_release(|connection, _| {
            Box::pin(async move { Ok(session::clean(connection).await) })
        })
        .max_lifetime(LIFETIME)
        .connect_lazy_with(options)
}

/// Returns whether consecutive transactions may run in different sessions, because there is a transaction
/// pooler. Its URL may say so; otherwise two connections are probed.
pub(super) async fn is_pooled(options: &PgConnectOptions) -> Result<bool, DatabaseError> {
    let not_opened = |error| DatabaseError::no_connection(error, options);
    reach::is_pooled(options, not_opened, DatabaseError::from).await
}
