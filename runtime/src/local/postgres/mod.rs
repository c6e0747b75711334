//! The PostgreSQL of a stack: an installed, an embedded, or a given one.

mod account;
mod bridge;
mod choice;
mod cluster;
mod embedded;
mod frame;
mod guard;
mod listener;
mod programs;
mod server;
mod template;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::runtime;
use tokio::sync::watch;
use tokio::time::timeout;
use url::Url;

pub(super) use self::choice::Choice;
pub use self::choice::LocalPostgres;
use self::cluster::Cluster;
use self::embedded::{Data, Embedded};
use self::programs::{OLDEST, OLDEST_BY_DEFAULT, Programs};
use self::server::StackDatabase;
use super::LocalError;
use super::database::{BECOME_AUTHENTICATOR, CONNECT_TIMEOUT, Database};
use super::error::Source;

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many prepared statements each connection keeps. Most statements of the API have their values in their text, and
/// are not sent again.
const STATEMENTS: usize = 16;

/// How many requests a given PostgreSQL serves at once.
const POOL_SIZE: u32 = 10;

/// The embedded PostgreSQL serves one connection; a second one would wait for the first to close.
const EMBEDDED_POOL_SIZE: u32 = 1;

/// The database of a server that belongs to one stack. Migrations of Supabase projects call it that.
const MAIN_DATABASE: &str = "postgres";

/// How long the embedded PostgreSQL may take to end the statement it is running, and others to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The PostgreSQL of one stack.
pub(super) struct Postgres {
    server: Server,
    options: PgConnectOptions,
    /// The URL of the stack's database. `None` for the embedded one, whose only connection is the stack's.
    url: Option<SecretString>,
    /// Why the embedded one is used although one is installed.
    instead_of: Option<String>,
}

/// Who ends what, when the stack ends.
enum Server {
    Embedded(Box<Embedded>),
    /// A server of this stack alone.
    Own(Cluster),
    /// A database of this stack, on a server that others use too.
    Shared(Box<StackDatabase>),
    Given,
}

impl Postgres {
    /// Starts what was chosen. `changes_server` says whether the project's SQL changes more of the server than
    /// its own database, and `extensions` names those that it creates.
    pub(super) async fn start(
        choice: &Choice,
        changes_server: bool,
        extensions: &[String],
    ) -> Result<Self, LocalError> {
        match choice {
            Choice::Database(url) => Self::given(url),
            Choice::Server(url) => Self::on_server(url).await,
            Choice::Embedded => Self::embedded(extensions),
            Choice::Installed => {
                let programs = Programs::find(OLDEST)
                    .await
                    .ok_or(LocalError::NotInstalled)?;
                Self::installed(programs, changes_server).await
            }
            Choice::Best => {
                let Some(programs) = Programs::find(OLDEST_BY_DEFAULT).await else {
                    return Self::embedded(extensions);
                };
                match Self::installed(programs, changes_server).await {
                    Ok(installed) => Ok(installed),
                    Err(error) => {
                        tracing::warn!(%error, "the embedded PostgreSQL is used instead");
                        let mut embedded = Self::embedded(extensions)?;
                        embedded.instead_of = Some(error.to_string());
                        Ok(embedded)
                    }
                }
            }
        }
    }

    /// Starts an installed PostgreSQL, or creates a database on the one that this process has started.
    async fn installed(programs: &Programs, changes_server: bool) -> Result<Self, LocalError> {
        let failed = |source| LocalError::InstalledPostgres {
            folder: programs.folder().to_owned(),
            source,
        };
        if !changes_server {
            let database = StackDatabase::on_installed(programs)
                .await
                .map_err(failed)?;
            return Ok(Self::on(database));
        }
        let cluster = Cluster::start(programs).await.map_err(failed)?;
        Ok(Self {
            options: cluster.options(MAIN_DATABASE),
            url: Some(cluster.url(MAIN_DATABASE).into()),
            server: Server::Own(cluster),
            instead_of: None,
        })
    }

    async fn on_server(url: &SecretString) -> Result<Self, LocalError> {
        let options = connect_options(url.expose_secret())?;
        check(&options).await?;
        let database = StackDatabase::on_server(options, url.expose_secret()).await?;
        Ok(Self::on(database))
    }

    fn on(database: StackDatabase) -> Self {
        Self {
            options: database.options.clone(),
            url: Some(database.url.clone()),
            server: Server::Shared(Box::new(database)),
            instead_of: None,
        }
    }

    /// Starts the embedded PostgreSQL. Blocks.
    fn embedded(extensions: &[String]) -> Result<Self, LocalError> {
        let server = Embedded::start(Data::Copy(template::copy_to), extensions)?;
        Ok(Self {
            options: server.options.clone(),
            server: Server::Embedded(Box::new(server)),
            url: None,
            instead_of: None,
        })
    }

    /// Returns the PostgreSQL at this URL. Does not connect yet.
    fn given(url: &SecretString) -> Result<Self, LocalError> {
        let options = connect_options(url.expose_secret())?;
        Ok(Self {
            server: Server::Given,
            options,
            url: Some(url.clone()),
            instead_of: None,
        })
    }

    pub(super) fn url(&self) -> Option<&SecretString> {
        self.url.as_ref()
    }

    /// Returns whether it is the embedded one, and so has its limits.
    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.server, Server::Embedded(_))
    }

    /// Returns whether the database has what a Supabase project has before its first migration.
    pub(super) fn is_prepared(&self) -> bool {
        match &self.server {
            Server::Embedded(_) => true,
            Server::Shared(database) => database.is_prepared,
            Server::Own(_) | Server::Given => false,
        }
    }

    /// Says which server it is, for the line about the start.
    pub(super) fn described(&self) -> String {
        let server = match &self.server {
            Server::Embedded(_) => "embedded",
            Server::Own(_) => "installed, for this stack alone",
            Server::Shared(database) if database.is_prepared => "installed",
            Server::Shared(_) => "given, a new database",
            Server::Given => "given",
        };
        match &self.instead_of {
            Some(reason) => format!("{server}, because {reason}"),
            None => server.to_owned(),
        }
    }

    /// Returns the database's connections. Those of the API are to be used once its role exists, and are a superuser's
    /// until [`log_in`](Self::log_in).
    pub(super) async fn connect(&self) -> Result<Database, LocalError> {
        if matches!(self.server, Server::Given) {
            check(&self.options).await?;
        }
        let pool = || {
            PgPoolOptions::new()
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let schema_changed = watch::Sender::new(Instant::now());
        let last_change = schema_changed.clone();
        let logs_in_itself = Arc::new(AtomicBool::new(false));
        let is_its_own = Arc::clone(&logs_in_itself);
        let is_embedded = self.is_embedded();
        let options = self.options.clone().statement_cache_capacity(STATEMENTS);
        let lent = Arc::new(AtomicBool::new(false));
        let was_lent = Arc::clone(&lent);
        let api = pool()
            .max_connections(match is_embedded {
                true => EMBEDDED_POOL_SIZE,
                false => POOL_SIZE,
            })
            .before_acquire(move |connection, meta| {
                let is_old = meta.age > last_change.borrow().elapsed();
                // The embedded PostgreSQL's only connection is the one that has changed the schema.
                let is_usable = is_embedded || !is_old;
                let is_its_own = is_its_own.load(Ordering::Relaxed);
                Box::pin(async move {
                    if is_usable && !is_its_own {
                        // The last request may have become the superuser.
                        become_authenticator(connection).await?;
                    }
                    Ok(is_usable)
                })
            })
            .after_connect(|connection, _| Box::pin(become_authenticator(connection)))
            .after_release(move |_, _| {
                let was_lent = was_lent.swap(false, Ordering::Relaxed);
                Box::pin(async move { Ok(!was_lent) })
            })
            .connect_lazy_with(options.clone());
        // Each connection of these two has one session, which ends with all that SQL can leave behind in it.
        let of_one_session = || {
            pool()
                .max_connections(POOL_SIZE)
                .after_release(|_, _| Box::pin(async { Ok(false) }))
        };
        let owners = (!is_embedded).then(|| of_one_session().connect_lazy_with(options.clone()));
        let transactions = of_one_session()
            .after_connect(|connection, _| Box::pin(become_authenticator(connection)))
            .connect_lazy_with(options.clone());
        Ok(Database {
            transactions: match is_embedded {
                true => api.clone(),
                false => transactions,
            },
            pool: api,
            lent,
            owners,
            owner: options,
            logs_in_itself,
            schema_changed,
        })
    }

    /// Lets the API log in as its own role, which must exist. The embedded PostgreSQL has only one login.
    pub(super) async fn log_in(&self, database: &Database) -> Result<(), LocalError> {
        match &self.server {
            Server::Embedded(_) => Ok(()),
            Server::Shared(shared) if shared.is_prepared => {
                database.log_in_as_authenticator();
                Ok(())
            }
            Server::Own(_) | Server::Shared(_) | Server::Given => {
                let password = self.url.as_ref().and_then(password);
                // sqlx reads it, too.
                let password = password.or_else(|| std::env::var("PGPASSWORD").ok());
                database.try_to_log_in(password.as_deref()).await
            }
        }
    }

    /// Stops the server, or drops the stack's database, and removes the data. Blocks, at most for
    /// [`STOP_TIMEOUT`]. The stack's last connection must be closed already.
    pub(super) fn stop(self) -> Result<(), LocalError> {
        let stop: Box<dyn FnOnce() -> Result<(), Source> + Send> = match self.server {
            Server::Given => return Ok(()),
            Server::Embedded(server) => Box::new(|| server.stop()),
            Server::Own(cluster) => Box::new(|| Ok(cluster.stop()?)),
            Server::Shared(database) => Box::new(|| {
                let runtime = runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                Ok(runtime.block_on(database.remove())?)
            }),
        };
        let (stopped, wait) = mpsc::channel();
        thread::Builder::new()
            .name("local-supabase-stop".to_owned())
            .spawn(move || stopped.send(stop()))
            .map_err(|source| LocalError::System {
                what: "a thread",
                source,
            })?;
        match wait.recv_timeout(STOP_TIMEOUT) {
            Ok(result) => result.map_err(LocalError::PostgresStop),
            Err(_) => Err(LocalError::Busy),
        }
    }
}

/// Finds errors with one connection that a pool would only retry: a server that is down, a wrong
/// password, a role that may not do what the stack does.
async fn check(options: &PgConnectOptions) -> Result<(), LocalError> {
    let mut connection = timeout(CONNECT_TIMEOUT, options.connect())
        .await
        .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        .map_err(|error| LocalError::connect(error, options))?;
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
            role: options.get_username().to_owned(),
        })
    }
}

async fn become_authenticator(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(BECOME_AUTHENTICATOR)
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns the password that is in a URL.
fn password(url: &SecretString) -> Option<String> {
    let url: Url = url.expose_secret().parse().ok()?;
    let mut parameters = url.query_pairs().into_owned();
    if let Some((_, password)) = parameters.find(|(name, _)| name == "password") {
        return Some(password);
    }
    // In a form, but not before a host, these two mean something else.
    let encoded = url.password()?.replace('+', "%2B").replace('&', "%26");
    let (password, _) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
    Some(password.into_owned())
}

// By hand: the options hold the password of a given URL.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("server", &self.described())
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
    fn the_password_of_a_url_is_read_as_sqlx_reads_it() {
        for (url, expected) in [
            (
                "postgresql://me:a+b%26c&d%3De%C3%A9@localhost/db",
                Some("a+b&c&d=eé"),
            ),
            ("postgresql://me@localhost/db?password=x%2By", Some("x+y")),
            (
                "postgresql://me:hidden@localhost/db?password=shown",
                Some("shown"),
            ),
            ("postgresql://me@localhost/db", None),
        ] {
            assert_eq!(password(&url.into()).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_given_url_is_in_no_debug_and_no_error() {
        let given = Postgres::given(&"postgresql://me:hunter2@localhost/db".into()).unwrap();
        assert_eq!(format!("{given:?}"), "Postgres { server: \"given\", .. }");
        let error =
            Postgres::given(&"postgresql://me:hunter2@localhost:port/db".into()).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
        assert!(error.to_string().contains("invalid port"), "{error}");
    }
}
