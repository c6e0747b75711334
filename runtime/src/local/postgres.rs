//! The PostgreSQL of a stack: an embedded one, or one given by its URL.

use std::fmt;
use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use pglite_oxide::PgliteServer;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;
use tokio::time::timeout;

use super::LocalError;
use super::database::{BECOME_AUTHENTICATOR, Database};

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a given PostgreSQL may take to answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests a given PostgreSQL serves at once.
const POOL_SIZE: u32 = 10;

/// The embedded PostgreSQL serves one connection; a second one would wait for the first to close.
const EMBEDDED_POOL_SIZE: u32 = 1;

/// How long the embedded PostgreSQL may take to start. The first time it unpacks itself.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// How long the embedded PostgreSQL may take to end the statement it is running.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A PostgreSQL server, embedded or given.
pub(super) struct Postgres {
    embedded: Option<PgliteServer>,
    options: PgConnectOptions,
    pool_size: u32,
}

impl Postgres {
    /// Starts the embedded PostgreSQL, on loopback and in a temporary folder. Blocks.
    pub(super) fn embedded() -> Result<Self, LocalError> {
        let (report, started) = mpsc::channel();
        // After the timeout the receiver is gone.
        thread::spawn(move || drop(report.send(PgliteServer::temporary_tcp())));
        let server = started
            .recv_timeout(START_TIMEOUT)
            .map_err(|_| LocalError::PostgresStart("it is not ready after 2 minutes".into()))?
            .map_err(|error| LocalError::PostgresStart(error.into()))?;
        let options = connect_options(&server.database_url())?;
        Ok(Self {
            embedded: Some(server),
            options,
            pool_size: EMBEDDED_POOL_SIZE,
        })
    }

    /// Returns the PostgreSQL at this URL. Does not connect yet.
    pub(super) fn given(url: &SecretString) -> Result<Self, LocalError> {
        let options = connect_options(url.expose_secret())?;
        Ok(Self {
            embedded: None,
            options,
            pool_size: POOL_SIZE,
        })
    }

    /// Connects, at first as the database's owner: the API's role may not exist yet.
    pub(super) async fn connect(&self) -> Result<Database, LocalError> {
        if self.embedded.is_none() {
            self.check().await?;
        }
        let schema_changed = watch::Sender::new(Instant::now());
        let last_change = schema_changed.clone();
        // The embedded PostgreSQL's only connection is the one that has changed the schema.
        let replaces_old = self.embedded.is_none();
        let pool = PgPoolOptions::new()
            .max_connections(self.pool_size)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .before_acquire(move |_, connection| {
                let is_old = connection.age > last_change.borrow().elapsed();
                let usable = !(replaces_old && is_old);
                Box::pin(async move { Ok(usable) })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(BECOME_AUTHENTICATOR)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .connect_with(self.options.clone())
            .await
            .map_err(|error| LocalError::Connection(error.into()))?;
        Ok(Database::new(
            pool,
            self.options.get_username(),
            schema_changed,
        ))
    }

    /// Finds errors with one connection that a pool would only retry: a server that is down, a wrong
    /// password, a role that may not do what the stack does.
    async fn check(&self) -> Result<(), LocalError> {
        let mut connection = timeout(CONNECT_TIMEOUT, self.options.connect())
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
            .map_err(|error| LocalError::connect(error, &self.options))?;
        let failed = |error: sqlx::Error| LocalError::Connection(error.into());
        let superuser: bool =
            sqlx::query_scalar("select rolsuper from pg_roles where rolname = current_user")
                .fetch_one(&mut connection)
                .await
                .map_err(failed)?;
        connection.close().await.map_err(failed)?;
        if superuser {
            Ok(())
        } else {
            Err(LocalError::NotSuperuser {
                role: self.options.get_username().to_owned(),
            })
        }
    }

    /// Stops the embedded PostgreSQL and removes its data. Blocks, at most for [`STOP_TIMEOUT`].
    ///
    /// Its last connection must be closed already.
    pub(super) fn stop(self) -> Result<(), LocalError> {
        let Some(server) = self.embedded else {
            return Ok(());
        };
        let (stopped, wait) = mpsc::channel();
        thread::Builder::new()
            .name("local-supabase-stop".to_owned())
            .spawn(move || stopped.send(server.shutdown()))
            .map_err(|source| LocalError::System {
                what: "a thread",
                source,
            })?;
        match wait.recv_timeout(STOP_TIMEOUT) {
            Ok(result) => result.map_err(|error| LocalError::PostgresStop(error.into())),
            Err(_) => Err(LocalError::Busy),
        }
    }
}

// By hand: the options hold the password of a given URL.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("embedded", &self.embedded.is_some())
            .finish_non_exhaustive()
    }
}

/// Never logs statements: a test's set-up may hold data that does not belong in a log.
fn connect_options(url: &str) -> Result<PgConnectOptions, LocalError> {
    // The project's own URL is easily mistaken for its database's, and sqlx takes any scheme.
    if !["postgresql://", "postgres://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        let reason = "it does not start with postgresql://";
        return Err(LocalError::DatabaseUrl(reason.into()));
    }
    let options: PgConnectOptions = url
        .parse()
        .map_err(|error: sqlx::Error| LocalError::DatabaseUrl(error.into()))?;
    Ok(options.disable_statement_logging())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_url_is_in_no_debug_and_no_error() {
        let given = Postgres::given(&"postgresql://me:hunter2@localhost/db".into()).unwrap();
        assert_eq!(format!("{given:?}"), "Postgres { embedded: false, .. }");
        let error =
            Postgres::given(&"postgresql://me:hunter2@localhost:port/db".into()).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
        assert!(error.to_string().contains("invalid port"), "{error}");
    }
}
