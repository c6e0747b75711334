//! [`DatabaseUrl`]: the project's PostgreSQL, as the command line names it.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::{Variables, first_of};

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
    #[arg(long, value_name = "URL")]
    db_url: Option<SecretString>,
}

impl DatabaseOption {
    /// What was given, or else what the variables name.
    pub(crate) fn find(self, variables: Variables<'_>) -> Option<DatabaseUrl> {
        self.db_url
            .map(DatabaseUrl::from)
            .or_else(|| DatabaseUrl::of_variables(variables))
    }

    /// As [`find`](Self::find), where there is nothing to do without one.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    pub(crate) fn required(self, variables: Variables<'_>) -> Result<DatabaseUrl, DatabaseError> {
        self.find(variables).ok_or(DatabaseError::Missing)
    }
}

/// The URL of a PostgreSQL database. It holds a password, so it is never shown.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(SecretString);

impl From<SecretString> for DatabaseUrl {
    fn from(url: SecretString) -> Self {
        Self(url)
    }
}

impl DatabaseUrl {
    pub(crate) fn of_variables(variables: Variables<'_>) -> Option<Self> {
        let url = first_of(&VARIABLES, variables)?;
        Some(Self(url.into()))
    }

    /// The URL, for what connects by itself.
    #[cfg(feature = "postgres")]
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret().trim()
    }

    /// One connection, for reading system tables: it prepares nothing, so that Supabase's pooler in
    /// transaction mode will do.
    pub(crate) async fn connect(&self, application: &str) -> Result<PgConnection, DatabaseError> {
        let options = self.options()?.application_name(application);
        PgConnection::connect_with(&options)
            .await
            .map_err(|error| DatabaseError::connect(options.get_host(), error))
    }

    /// Whether it is a URL, and the database is there: said in other words than the engine's, which
    /// does not know of a command line.
    #[cfg(feature = "postgres")]
    pub(crate) async fn try_connect(&self) -> Result<(), DatabaseError> {
        let connection = self.connect("supabase-task").await?;
        // The server notices a connection that is gone.
        let _ = connection.close().await;
        Ok(())
    }

    /// The parts of the URL, if it is one.
    fn options(&self) -> Result<PgConnectOptions, DatabaseError> {
        let url = self.0.expose_secret().trim();
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(DatabaseError::Url);
        }
        // The parser's error may quote a part of the URL.
        let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Url)?;
        Ok(options.statement_cache_capacity(0))
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
        advice: &'static str,
        #[source]
        source: sqlx::Error,
    },
}

/// What is behind most failures to reach a hosted project.
const POOLER: &str = "; that host has an IPv6 address alone: from a network without IPv6, use the \
    URL of the session pooler, which the dashboard shows under Connect";

impl DatabaseError {
    fn connect(host: &str, source: sqlx::Error) -> Self {
        let is_direct = host.starts_with("db.") && host.ends_with(".supabase.co");
        let is_unreachable = matches!(source, sqlx::Error::Io(_));
        Self::Connect {
            host: host.to_owned(),
            advice: if is_direct && is_unreachable {
                POOLER
            } else {
                ""
            },
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

    #[test]
    fn an_option_wins_over_variables_and_an_empty_variable_is_none() {
        let variables = |name: &str| match name {
            "SUPABASE_DB_URL" => Some(" ".to_owned()),
            "DATABASE_URL" => Some("postgres://u:hunter2@variable/db".to_owned()),
            _ => None,
        };
        let host = |db_url: Option<&str>| {
            let db_url = db_url.map(SecretString::from);
            let url = DatabaseOption { db_url }.required(&variables).unwrap();
            assert!(!format!("{url:?}").contains("hunter2"));
            url.options().unwrap().get_host().to_owned()
        };
        assert_eq!(host(Some("postgres://option/db")), "option");
        assert_eq!(host(None), "variable");
    }

    #[test]
    fn a_missing_or_wrong_url_is_a_problem_of_the_configuration() {
        let missing = DatabaseOption { db_url: None }.required(&|_| None);
        let missing = missing.unwrap_err();
        assert!(missing.is_configuration());
        assert!(missing.to_string().contains("SUPABASE_DB_URL"), "{missing}");

        let url = DatabaseUrl::from(SecretString::from("https://hunter2@abc.supabase.co"));
        let wrong = url.options().unwrap_err();
        assert!(wrong.is_configuration());
        assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
    }
}
