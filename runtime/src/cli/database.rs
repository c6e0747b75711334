//! [`DatabaseUrl`]: the project's PostgreSQL, as the command line names it.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

#[cfg(feature = "postgres")]
use super::CommandError;
use super::{Variables, first_of};
#[cfg(feature = "postgres")]
use crate::engine::postgres;

/// Variables that hold a database's URL; an earlier one wins.
const VARIABLES: [&str; 2] = ["SUPABASE_DB_URL", "DATABASE_URL"];

/// Where the queue's database is.
#[derive(Args, Debug)]
pub(crate) struct DatabaseOption {
    /// The database, as `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`.
    ///
    /// Without it: SUPABASE_DB_URL or DATABASE_URL, if set. A variable keeps the password out of
    /// the list of processes. The dashboard shows the URL under Connect; that of a local stack is
    /// `postgresql://postgres:postgres@127.0.0.1:54322/postgres`.
    ///
    /// Over the internet, add `?sslmode=verify-full&sslrootcert=FILE` with the certificate from the
    /// dashboard (Project Settings > Database > SSL Configuration).
    #[arg(long, value_name = "URL")]
    db_url: Option<SecretString>,

    /// Connect over the internet even if the connection may be unencrypted.
    ///
    /// Only where something else protects it, such as a tunnel.
    #[cfg(feature = "postgres")]
    #[arg(long)]
    allow_unencrypted: bool,
}

impl DatabaseOption {
    /// What was given, or else what the variables name.
    pub(crate) fn find(self, variables: Variables<'_>) -> Option<DatabaseUrl> {
        let url = match self.db_url {
            Some(url) => url.into(),
            None => DatabaseUrl::of_variables(variables)?,
        };
        #[cfg(feature = "postgres")]
        let url = DatabaseUrl {
            allow_unencrypted: self.allow_unencrypted,
            ..url
        };
        Some(url)
    }

    /// As [`find`](Self::find), where there is nothing to do without one.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub(crate) fn required(self, variables: Variables<'_>) -> Result<DatabaseUrl, DatabaseError> {
        self.find(variables).ok_or(DatabaseError::Missing)
    }
}

/// The URL of a PostgreSQL database. It holds a password, so it is never shown.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    url: SecretString,
    #[cfg(feature = "postgres")]
    allow_unencrypted: bool,
}

impl From<SecretString> for DatabaseUrl {
    fn from(url: SecretString) -> Self {
        Self {
            url,
            #[cfg(feature = "postgres")]
            allow_unencrypted: false,
        }
    }
}

impl DatabaseUrl {
    pub(crate) fn of_variables(variables: Variables<'_>) -> Option<Self> {
        let url = first_of(&VARIABLES, variables)?;
        Some(SecretString::from(url).into())
    }

    /// The URL, for what connects by itself.
    #[cfg(feature = "postgres")]
    pub(crate) fn expose(&self) -> &str {
        self.url.expose_secret().trim()
    }

    /// Whether the connection may be unencrypted, wherever it goes.
    #[cfg(feature = "postgres")]
    pub(crate) fn allows_unencrypted(&self) -> bool {
        self.allow_unencrypted
    }

    /// One connection, for reading system tables. What is read in one transaction, and not kept
    /// prepared, can be read through Supabase's pooler in transaction mode too.
    pub(crate) async fn connect(&self, application: &str) -> Result<PgConnection, DatabaseError> {
        let options = self.options()?.application_name(application);
        PgConnection::connect_with(&options)
            .await
            .map_err(|error| DatabaseError::connect(options.get_host(), error))
    }

    /// Whether it is a URL, may be connected to, and the database is there: said in other words than
    /// the engine's, which does not know of a command line.
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
    pub(crate) fn encryption(&self) -> Result<postgres::Encryption, CommandError> {
        // For its words about what is no URL.
        self.options()?;
        Ok(postgres::assess_url(self.expose(), self.allow_unencrypted)?)
    }

    /// Whether the URL names a transaction pooler.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_transaction_pooler(&self) -> Result<bool, DatabaseError> {
        let options = self.options()?;
        Ok(postgres::is_transaction_pooler(&options) || postgres::says_pgbouncer(self.expose()))
    }

    /// The parts of the URL, if it is one.
    fn options(&self) -> Result<PgConnectOptions, DatabaseError> {
        let url = self.url.expose_secret().trim();
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(DatabaseError::Url);
        }
        // The parser's error may quote a part of the URL.
        let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url)?;
        // PgBouncer refuses the setting, and nothing here reads a number as text.
        Ok(options.statement_cache_capacity(0).extra_float_digits(None))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").finish_non_exhaustive()
    }
}

/// Why there is no connection. Its text holds no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    #[error(
        "this command needs the project's database: give `--db-url`, or set `SUPABASE_DB_URL` or \
         `DATABASE_URL`; the dashboard shows the URL under Connect"
    )]
    Missing,
    #[error(
        "the database's URL cannot be read: it must be \
         `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with special characters of the password \
         percent-encoded; the dashboard shows it under Connect"
    )]
    Url,
    #[error("no connection to the database at `{host}`: {source}{advice}")]
    Connect {
        host: String,
        advice: String,
        #[source]
        source: sqlx::Error,
    },
    #[cfg(feature = "postgres")]
    #[error("the database cannot be asked: {0}")]
    Query(#[source] sqlx::Error),
}

/// What is behind most failures to reach a hosted project.
const POOLER: &str = "that host has an IPv6 address alone: from a network without IPv6, use the \
    URL of the session pooler, which the dashboard shows under Connect";

impl DatabaseError {
    fn connect(host: &str, source: sqlx::Error) -> Self {
        let is_direct = host.starts_with("db.") && host.ends_with(".supabase.co");
        let is_unreachable = matches!(source, sqlx::Error::Io(_));
        #[cfg(feature = "postgres")]
        let advice = postgres::explain(&source);
        #[cfg(not(feature = "postgres"))]
        let advice: Option<&str> = None;
        let advice = advice.or((is_direct && is_unreachable).then_some(POOLER));
        Self::Connect {
            host: host.to_owned(),
            advice: advice.map_or_else(String::new, |advice| format!("; {advice}")),
            source,
        }
    }

    /// Whether something was given wrong, or not at all.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(self, Self::Missing | Self::Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(db_url: Option<SecretString>) -> DatabaseOption {
        DatabaseOption {
            db_url,
            #[cfg(feature = "postgres")]
            allow_unencrypted: false,
        }
    }

    #[test]
    fn an_option_wins_over_variables_and_an_empty_variable_is_none() {
        let variables = |name: &str| match name {
            "SUPABASE_DB_URL" => Some(" ".to_owned()),
            "DATABASE_URL" => Some("postgres://u:hunter2@variable/db".to_owned()),
            _ => None,
        };
        let host = |db_url: Option<&str>| {
            let db_url = db_url.map(SecretString::from);
            let url = option(db_url).required(&variables).unwrap();
            assert!(!format!("{url:?}").contains("hunter2"));
            url.options().unwrap().get_host().to_owned()
        };
        assert_eq!(host(Some("postgres://option/db")), "option");
        assert_eq!(host(None), "variable");
    }

    #[test]
    fn a_missing_or_wrong_url_is_a_problem_of_the_configuration() {
        let missing = option(None).required(&|_| None);
        let missing = missing.unwrap_err();
        assert!(missing.is_configuration());
        assert!(missing.to_string().contains("SUPABASE_DB_URL"), "{missing}");

        let url = DatabaseUrl::from(SecretString::from("https://hunter2@abc.supabase.co"));
        let wrong = url.options().unwrap_err();
        assert!(wrong.is_configuration());
        assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    }

    #[cfg(feature = "postgres")]
    #[tokio::test]
    async fn a_database_on_the_internet_is_not_connected_to_unencrypted() {
        let url = "postgresql://me:hunter2@db.abc.supabase.co/postgres";
        let given = |allow_unencrypted| DatabaseOption {
            db_url: Some(url.into()),
            allow_unencrypted,
        };
        let refused = given(false).required(&|_| None).unwrap();
        let error = refused.try_connect().await.unwrap_err();
        assert_eq!(error.exit(), crate::cli::Exit::Refused);
        let text = error.to_string();
        assert!(text.contains("sslmode=verify-full"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");

        let asked_for = given(true).required(&|_| None).unwrap();
        let weak = asked_for.encryption().unwrap();
        assert!(matches!(weak, postgres::Encryption::Weak(_)), "{weak:?}");
    }
}
