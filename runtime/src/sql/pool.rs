//! The pool of connections, and whether a pooler stands before the server.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::DatabaseError;
use super::session;
use crate::reach;

/// How long to wait for a connection. Longer than a restart of the server.
pub(super) const ACQUIRE: Duration = Duration::from_secs(15);

/// A connection that was used this recently is not pinged before use.
const SURELY_ALIVE: Duration = Duration::from_millis(200);

/// How long an idle connection may take to answer a ping.
const PING: Duration = Duration::from_secs(2);

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
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE)
        // A ping before each transaction would be a round trip more.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for < SURELY_ALIVE {
                    return Ok(true);
                }
                let ping = timeout(PING, connection.ping()).await;
                Ok(ping.is_ok_and(|ping| ping.is_ok()))
            })
        })
        // The pool closes the connection if this is an error, or `false`.
        .after_release(|connection, _| Box::pin(session::clean(connection)))
        .max_lifetime(LIFETIME)
        .connect_lazy_with(options)
}

/// Returns whether consecutive transactions may run in different sessions, because there is a transaction
/// pooler. Its URL may say so; otherwise two connections are probed.
pub(super) async fn is_pooled(options: &PgConnectOptions) -> Result<bool, DatabaseError> {
    if reach::is_transaction_pooler(options) {
        return Ok(true);
    }
    let ask = async {
        let open = async || {
            let opened = options.connect().await;
            opened.map_err(|error| DatabaseError::no_connection(error, options))
        };
        let (mut first, mut second) = (open().await?, open().await?);
        let keeps_session = reach::keeps_session(&mut first, &mut second).await?;
        // The server notices a connection that is gone.
        let _ = first.close().await;
        let _ = second.close().await;
        Ok(!keeps_session)
    };
    let asked = timeout(ACQUIRE, ask).await;
    asked.unwrap_or_else(|_| Err(DatabaseError::silence(Some(options), ACQUIRE)))
}
