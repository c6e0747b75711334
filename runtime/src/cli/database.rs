//! [`DatabaseUrl`]: the project's PostgreSQL, as the command line names it.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;

use super::database_error::DatabaseError;
#[cfg(feature = "postgres")]
use super::error::CommandError;
use super::output::tell;
use super::variables::{Variables, first_of};
#[cfg(feature = "postgres")]
use crate::engine::postgres;
use crate::reach;

/// Why a database's URL is better in a variable.
pub(super) const VISIBLE: &str =
    "a URL on the command line is visible to every user of the machine";

/// How the URL of a PostgreSQL database begins.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How long connecting stays silent.
const SILENT: Duration = Duration::from_secs(2);

/// How long connecting may take.
const LONGEST: Duration = Duration::from_secs(15);

/// Variables that hold a database's URL; an earlier one wins.
const VARIABLES: [&str; 2] = ["SUPABASE_DB_URL", "DATABASE_URL"];

/// The database, which the variables name, and whether its connection may be unencrypted.
#[derive(Args, Debug)]
#[command(after_long_help = DATABASE_HELP)]
pub(crate) struct DatabaseOption {
    #[command(flatten)]
    url: UrlOption,

    /// Connect over the internet even if the connection may be unencrypted.
    ///
    /// Use it only if something else protects the connection, such as a tunnel.
    #[cfg(feature = "postgres")]
    #[arg(long)]
    allow_unencrypted: bool,
}

/// The end of the help of each command that takes [`DatabaseOption`].
pub(crate) const DATABASE_HELP: &str = "The database's URL is read from the variable SUPABASE_DB_URL, or \
    else DATABASE_URL: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`. The dashboard shows it under \
    Connect; that of a local stack is `postgresql://postgres:postgres@127.0.0.1:54322/postgres`. Over the \
    internet, add `?sslmode=verify-full&sslrootcert=FILE` with the certificate from the dashboard \
    (Project Settings > Database > SSL Configuration).";

impl DatabaseOption {
    /// Returns the given URL, or else that of the variables.
    pub(crate) fn find(self, variables: Variables<'_>) -> Option<DatabaseUrl> {
        let url = self.url.find(variables)?;
        #[cfg(feature = "postgres")]
        let url = DatabaseUrl {
            allow_unencrypted: self.allow_unencrypted,
            ..url
        };
        Some(url)
    }

    /// Like [`find`](Self::find), for commands that need a database.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub(crate) fn required(self, variables: Variables<'_>) -> Result<DatabaseUrl, DatabaseError> {
        self.find(variables).ok_or(DatabaseError::Missing)
    }
}

/// A database's URL on the command line, where every user of the machine can read it. The help does not show
/// it: it remains for scripts that use it.
#[derive(Args, Debug, Default)]
pub(crate) struct UrlOption {
    /// The database's URL. Prefer the variable SUPABASE_DB_URL.
    #[arg(long, value_name = "URL", hide = true)]
    db_url: Option<SecretString>,
}

impl UrlOption {
    /// Returns the given URL, or else that of the variables.
    pub(crate) fn find(self, variables: Variables<'_>) -> Option<DatabaseUrl> {
        let Some(url) = self.db_url else {
            return DatabaseUrl::of_variables(variables);
        };
        tell(format_args!(
            "warning: {VISIBLE}: set SUPABASE_DB_URL instead of `--db-url`"
        ));
        Some(DatabaseUrl::new(url, "--db-url"))
    }
}

/// The URL of a PostgreSQL database. It holds a password, so it is never shown.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseUrl {
    url: SecretString,
    /// The variable or the option that it comes from.
    from: &'static str,
    #[cfg(feature = "postgres")]
    allow_unencrypted: bool,
}

impl DatabaseUrl {
    pub(crate) fn of_variables(variables: Variables<'_>) -> Option<Self> {
        VARIABLES.into_iter().find_map(|variable| {
            let url = first_of(&[variable], variables)?;
            Some(Self::new(url.into(), variable))
        })
    }

    fn new(url: SecretString, from: &'static str) -> Self {
        Self {
            url,
            from,
            #[cfg(feature = "postgres")]
            allow_unencrypted: false,
        }
    }

    /// Returns the URL, for code that connects itself.
    #[cfg(feature = "postgres")]
    pub(crate) fn expose(&self) -> &str {
        self.url.expose_secret().trim()
    }

    /// The options of a queue in this database.
    #[cfg(feature = "postgres")]
    pub(crate) fn queue_options(&self) -> postgres::PostgresOptions {
        postgres::PostgresOptions::new(self.expose()).allow_unencrypted(self.allow_unencrypted)
    }

    /// Opens a connection for reading system tables. Reads in one transaction, without prepared
    /// statements, also work through Supabase's pooler in transaction mode.
    ///
    /// A refusal is reported at once. While a server does not answer, a message says so.
    pub(crate) async fn connect(&self, application: &str) -> Result<PgConnection, DatabaseError> {
        connect(self.options()?.application_name(application), self.from).await
    }

    /// Checks that the URL is valid and the database can be connected to. The engine would report the
    /// same errors, but without the command line's advice.
    #[cfg(feature = "postgres")]
    pub(crate) async fn try_connect(&self) -> Result<(), CommandError> {
        self.encryption()?;
        let connection = self.connect("supabase-task").await?;
        // The server notices a connection that is gone.
        let _ = connection.close().await;
        Ok(())
    }

    /// How well the connection is protected.
    #[cfg(feature = "postgres")]
    pub(crate) fn encryption(&self) -> Result<reach::Encryption, CommandError> {
        let options = self.options()?;
        Ok(postgres::assess(&options, self.allow_unencrypted)?)
    }

    /// Whether the URL names a transaction pooler.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_transaction_pooler(&self) -> Result<bool, DatabaseError> {
        let options = self.options()?;
        Ok(reach::is_transaction_pooler(&options) || reach::says_pgbouncer(self.expose()))
    }

    /// The parts of the URL, if it is one.
    fn options(&self) -> Result<PgConnectOptions, DatabaseError> {
        let url = self.url.expose_secret().trim();
        let wrong = || DatabaseError::Url(self.from);
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) || reach::is_ambiguous(url) {
            return Err(wrong());
        }
        // The parser's error may quote a part of the URL.
        let options = PgConnectOptions::from_str(url).map_err(|_| wrong())?;
        // PgBouncer refuses the setting, and nothing here reads a number as text.
        Ok(options.statement_cache_capacity(0).extra_float_digits(None))
    }
}

/// Opens a connection as [`DatabaseUrl::connect`] does. `variable` is where the options come from.
pub(super) async fn connect(
    options: PgConnectOptions,
    variable: &'static str,
) -> Result<PgConnection, DatabaseError> {
    let connect = PgConnection::connect_with(&options);
    tokio::pin!(connect);
    let connected = match timeout(SILENT, &mut connect).await {
        Ok(connected) => connected,
        Err(_) => {
            tell(format_args!(
                "waiting for {} to answer, for {} seconds at most",
                reach::place(&options),
                LONGEST.as_secs()
            ));
            let answered = timeout(LONGEST - SILENT, connect).await;
            let silence = || sqlx::Error::Io(io::ErrorKind::TimedOut.into());
            answered.unwrap_or_else(|_| Err(silence()))
        }
    };
    connected.map_err(|source| {
        #[cfg(feature = "postgres")]
        let advice = reach::explain(&source);
        #[cfg(not(feature = "postgres"))]
        let advice = None;
        DatabaseError::Connect {
            text: reach::no_connection(&source, &options, advice),
            variable,
            source,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl UrlOption {
        pub(crate) fn of(url: Option<&str>) -> Self {
            Self {
                db_url: url.map(SecretString::from),
            }
        }
    }

    fn option() -> DatabaseOption {
        DatabaseOption {
            url: UrlOption::default(),
            #[cfg(feature = "postgres")]
            allow_unencrypted: false,
        }
    }

    fn url(value: &str) -> DatabaseUrl {
        let variables = |name: &str| (name == "DATABASE_URL").then(|| value.to_owned());
        option().required(&variables).unwrap()
    }

    #[test]
    fn the_first_variable_that_is_not_empty_wins() {
        let variables = |first: &'static str| {
            move |name: &str| match name {
                "SUPABASE_DB_URL" => Some(first.to_owned()),
                "DATABASE_URL" => Some("postgres://u:hunter2@second/db".to_owned()),
                _ => None,
            }
        };
        for (first, host) in [
            ("postgres://u:hunter2@first/db", "first"),
            (" ", "second"),
            ("", "second"),
        ] {
            let url = option().required(&variables(first)).unwrap();
            assert!(!format!("{url:?}").contains("hunter2"));
            assert_eq!(url.options().unwrap().get_host(), host);
        }
    }

    #[test]
    fn a_missing_or_wrong_url_is_a_problem_of_the_configuration() {
        let missing = option().required(&|_| None).unwrap_err();
        assert!(missing.is_configuration());
        assert!(missing.to_string().contains("SUPABASE_DB_URL"), "{missing}");

        for wrong in [
            "https://hunter2@abc.supabase.co",
            "hunter2",
            "postgres://u:12/hunter2@host/db",
            "postgres://u:hunter2@host:port/db",
        ] {
            let wrong = url(wrong).options().unwrap_err();
            assert!(wrong.is_configuration());
            let text = wrong.to_string();
            assert!(!text.contains("hunter2"), "{text}");
            assert!(text.starts_with("`DATABASE_URL` does not hold"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_says_where_it_went_and_whose_url_it_is() {
        // No server listens there.
        let error = url("postgres://me:hunter2@127.0.0.1:9/app")
            .connect("test")
            .await;
        let text = error.unwrap_err().to_string();
        for part in [
            "no connection to `127.0.0.1:9` (database `app`, user `me`)",
            "start the database",
            "comes from `DATABASE_URL`",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[tokio::test]
    async fn a_server_that_never_answers_is_given_up() {
        // It accepts the connection and sends nothing.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        tokio::time::pause();
        let url = url(&format!("postgres://me:hunter2@127.0.0.1:{port}/app"));
        let text = url.connect("test").await.unwrap_err().to_string();
        assert!(text.contains("timed out"), "{text}");
        assert!(text.contains("firewall"), "{text}");
    }

    #[cfg(feature = "postgres")]
    #[tokio::test]
    async fn a_database_on_the_internet_is_not_connected_to_unencrypted() {
        let url = "postgresql://me:hunter2@db.abc.supabase.co/postgres";
        let variables = |_: &str| Some(url.to_owned());
        let given = |allow_unencrypted| DatabaseOption {
            allow_unencrypted,
            ..option()
        };
        let refused = given(false).required(&variables).unwrap();
        let error = refused.try_connect().await.unwrap_err();
        assert_eq!(error.exit(), crate::cli::exit::Exit::Refused);
        let text = error.to_string();
        assert!(text.contains("sslmode=verify-full"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");

        let asked_for = given(true).required(&variables).unwrap();
        let weak = asked_for.encryption().unwrap();
        assert!(matches!(weak, reach::Encryption::Weak(_)), "{weak:?}");
    }
}
