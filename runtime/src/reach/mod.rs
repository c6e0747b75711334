//! Describes where a connection goes, and what to do when it fails. No text here contains a password.

#[cfg(any(feature = "postgres", feature = "sql"))]
mod pooler;
#[cfg(any(feature = "postgres", feature = "sql"))]
mod silence;
#[cfg(any(feature = "postgres", feature = "sql"))]
mod tls;
#[cfg(any(feature = "postgres", feature = "sql"))]
mod url;

use std::io::ErrorKind;

use sqlx::postgres::PgConnectOptions;

#[cfg(any(feature = "postgres", feature = "sql"))]
pub(crate) use self::pooler::{is_pooled, says_pgbouncer};
#[cfg(all(feature = "cli", feature = "postgres"))]
pub(crate) use self::pooler::{is_transaction_pooler, keeps_session};
#[cfg(any(feature = "postgres", feature = "sql"))]
pub(crate) use self::silence::Silence;
#[cfg(any(feature = "postgres", feature = "sql"))]
pub(crate) use self::tls::{Encryption, assess};
#[cfg(any(feature = "postgres", feature = "sql"))]
pub(crate) use self::url::options;

/// Explains an error whose own text does not name its cause, and says what to do.
#[cfg(any(feature = "postgres", feature = "sql"))]
pub(crate) fn explain(error: &sqlx::Error) -> Option<&'static str> {
    pooler::explain(error).or_else(|| tls::explain(error))
}

/// The message of PostgreSQL, or of the connection to it. Includes the SQLSTATE, but not the line of
/// PostgreSQL's own source that sqlx appends.
pub(crate) fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refused) => match refused.code() {
            Some(code) => format!("{} ({code})", refused.message()),
            None => refused.message().to_owned(),
        },
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Tls(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Like [`said`], for the text that a library made of sqlx's error.
#[cfg(feature = "postgres")]
pub(crate) fn said_in(text: &str) -> &str {
    let text = text.trim_start_matches("error returned from database: ");
    match text.rsplit_once(" at line ") {
        Some((said, line)) if line.chars().all(|c| c.is_ascii_digit()) => said,
        _ => text,
    }
}

/// A whole sentence: the place, the error, and what to do next. `advice` is for errors not known here, such
/// as those that poolers cause.
pub(crate) fn no_connection(
    error: &sqlx::Error,
    options: &PgConnectOptions,
    advice: Option<&'static str>,
) -> String {
    let said = said(error);
    match next_step(error, options).or(advice) {
        Some(step) => format!("no connection to {}: {said}: {step}", place(options)),
        None => format!("no connection to {}: {said}", place(options)),
    }
}

/// The server, the database and the user.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let user = options.get_username();
    // PostgreSQL's own default.
    let database = options.get_database().unwrap_or(user);
    let server = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    format!("`{server}` (database `{database}`, user `{user}`)")
}

/// The options of a URL whose values may contain an `@`.
const TAKES_ANYTHING: [&str; 6] = [
    "user",
    "password",
    "host",
    "dbname",
    "application_name",
    "options",
];

/// Whether a part of the password may have been parsed as the port, the path or the query, because it
/// contains a character with a meaning in URLs. Then no part of the URL may be shown.
pub(crate) fn is_ambiguous(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = after_scheme.find(['/', '?', '#']);
    let (authority, rest) = after_scheme.split_at(end.unwrap_or(after_scheme.len()));
    let is_cut_at_query = rest.starts_with('?') && authority.contains(':');
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let may_hold_password = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let takes_anything = TAKES_ANYTHING.contains(&key) && !is_cut_at_query;
        key.contains('@') || (value.contains('@') && !takes_anything)
    };
    rest.contains('#') || path.contains('@') || query.split('&').any(may_hold_password)
}

/// The port of the database that `supabase start` starts.
const LOCAL_STACK: u16 = 54322;

fn next_step(error: &sqlx::Error, options: &PgConnectOptions) -> Option<&'static str> {
    let host = options.get_host();
    match error {
        sqlx::Error::Io(error) => {
            let is_direct = host.starts_with("db.") && host.ends_with(".supabase.co");
            match error.kind() {
                ErrorKind::NotFound if options.get_socket().is_some() => Some(
                    "no server listens at a socket in that folder: start the database, or check the \
                     folder and the port in its URL",
                ),
                // The caller's advice about TLS covers these.
                ErrorKind::InvalidData | ErrorKind::NotFound => None,
                _ if is_direct => Some(
                    "check the project's reference in the host, and that the project is not paused; \
                     without the IPv4 add-on the host has only an IPv6 address, so from a network \
                     without IPv6 use the URL of the session pooler, which the dashboard shows under \
                     Connect",
                ),
                ErrorKind::ConnectionRefused if options.get_port() == LOCAL_STACK => Some(
                    "no server listens there: `supabase start` starts the local stack, and \
                     `supabase status` shows its database's URL",
                ),
                ErrorKind::ConnectionRefused => Some(
                    "no server listens there: start the database, or check the host and the port in \
                     its URL",
                ),
                ErrorKind::TimedOut => Some(
                    "check the host and the port in the database's URL, and whether a firewall or \
                     the project's network restrictions drop the connection",
                ),
                _ => Some("check the host and the port in the database's URL"),
            }
        }
        sqlx::Error::Database(refused) => match refused.code().as_deref().unwrap_or_default() {
            "28000" if refused.message().contains("pg_hba.conf") => Some(
                "the server refuses this kind of connection: if it says \"no encryption\", add \
                 `?sslmode=verify-full` (or a weaker mode) to the database's URL; otherwise allow \
                 this address on the server",
            ),
            // invalid_authorization_specification, invalid_password
            "28000" | "28P01" => Some(
                "check the user and the password in the database's URL, where special characters of \
                 the password are percent-encoded; on Supabase the dashboard resets the password \
                 under Project Settings > Database",
            ),
            // invalid_catalog_name
            "3D000" => Some(
                "check the name at the end of the database's URL, which is `postgres` on Supabase",
            ),
            // too_many_connections, cannot_connect_now
            "53300" => Some("close other connections to it, or try again later"),
            "57P03" => Some("try again in a moment"),
            _ if refused.message().contains("Tenant or user not found") => Some(
                "at Supabase's pooler the user is `postgres.PROJECT_REF`: the dashboard shows the \
                 whole URL under Connect",
            ),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::str::FromStr;

    use proptest::prelude::*;

    use super::*;

    fn refused(url: &str) -> String {
        let options = PgConnectOptions::from_str(url).unwrap();
        let error = io::Error::from(ErrorKind::ConnectionRefused);
        no_connection(&sqlx::Error::Io(error), &options, None)
    }

    #[test]
    fn a_refused_connection_names_the_place_and_the_next_step() {
        let text = refused("postgres://me:hunter2@127.0.0.1:9/app");
        assert_eq!(
            text,
            "no connection to `127.0.0.1:9` (database `app`, user `me`): connection refused: no \
             server listens there: start the database, or check the host and the port in its URL"
        );
        let local = refused("postgres://postgres:postgres@127.0.0.1:54322/postgres");
        assert!(local.contains("`supabase start`"), "{local}");
        let direct = refused("postgres://postgres:x@db.abc.supabase.co/postgres");
        assert!(direct.contains("session pooler"), "{direct}");
        let socket = refused("postgres:///app?host=/var/run/postgresql&user=me");
        assert!(
            socket.contains("`/var/run/postgresql` (database `app`, user `me`)"),
            "{socket}"
        );
        let options = PgConnectOptions::from_str("postgres://me@host/app").unwrap();
        let unknown = no_connection(&sqlx::Error::WorkerCrashed, &options, Some("do this"));
        assert!(unknown.ends_with(": do this"), "{unknown}");
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn the_line_of_postgres_own_source_is_left_out_of_a_text() {
        for (text, expected) in [
            (
                "error returned from database: permission denied for database app at line 3655",
                "permission denied for database app",
            ),
            ("a sentence at line x", "a sentence at line x"),
            ("nothing of the kind", "nothing of the kind"),
        ] {
            assert_eq!(said_in(text), expected);
        }
    }

    #[test]
    fn a_password_that_may_be_elsewhere_in_the_url_is_noticed() {
        for url in [
            "postgres://me:12/3@host/db",
            "postgres://me:12?3@host/db",
            "postgres://me:12#3@host/db",
            "postgres://me@corp.example:12/3@host/db",
            "postgres://me@corp.example:?3@host/db",
            "postgres://me:12?user=3@host/db",
            "postgres://me:12?x=3@host/db",
        ] {
            assert!(is_ambiguous(url), "{url}");
        }
        for url in [
            "postgres://me:p%2Fw@host:5432/db?sslmode=verify-full&sslrootcert=/a/b.crt",
            "postgres://me:p@w@host/db",
            "postgres://host",
            "postgres:///db?host=/var/run/postgresql",
            "postgresql:///db?host=/cloudsql/x&user=sa@project.iam",
            "postgres://localhost:5432/db?application_name=me@host",
        ] {
            assert!(!is_ambiguous(url), "{url}");
        }
    }

    proptest! {
        /// Whatever the password contains, the URL is refused or no text shows the password.
        #[test]
        fn no_text_holds_a_password(
            before in "[0-9a-z]{0,4}",
            special in "[/?#@:%&= ]{0,3}",
            user in "[a-z@]{0,3}",
        ) {
            let password = format!("{before}{special}SECRET9");
            let url = format!("postgres://{user}:{password}@host.example:5432/db");
            if !is_ambiguous(&url)
                && let Ok(options) = PgConnectOptions::from_str(&url)
            {
                let error = io::Error::from(ErrorKind::ConnectionRefused);
                let text = no_connection(&sqlx::Error::Io(error), &options, None);
                prop_assert!(!text.contains("SECRET9"), "{}: {}", url, text);
            }
        }
    }
}
