//! Poolers between the program and the database, and what they do to a session.
//!
//! A *transaction pooler* gives a client another one of its server connections for each transaction. With
//! sqlx, this loses more than settings, locks and notifications. sqlx prepares a statement in one
//! transaction and executes it in the next, so it may execute a statement of another client: at best with an
//! error, at worst with a wrong result and no error. Measured through PgBouncer 1.18
//! (`pool_mode = transaction`, 24 clients on 4 server connections, wrong results without an error):
//!
//! | how sqlx 0.9 sends it | right |
//! | --- | --- |
//! | plainly, or with `statement_cache_capacity(0)` | a quarter, or 2 % |
//! | `.persistent(false)` (unnamed), with or without the cache | a half |
//! | named, in a transaction | 6 % |
//! | `.persistent(false)`, **in a transaction** | all |
//! | `raw_sql` without parameters, alone or in a transaction | all |
//!
//! PgBouncer 1.25 keeps the named statements of clients apart (`max_prepared_statements`, 200 by default),
//! which makes plain statements right; unnamed statements outside of a transaction are wrong there as well.
//! Unnamed statements must not return or take user-defined types: sqlx looks those up between preparing and
//! executing, and loses the statement, even without a pooler.
//!
//! Settings and `LISTEN`s stay behind in a server connection, for clients that never asked for them. So code
//! that needs a session must find out before its first statement whether it has one: from the URL, if that
//! tells, and with [`keeps_session`].

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, raw_sql};

/// The port of Supabase's transaction poolers, shared and dedicated.
const SUPABASE_PORT: u16 = 6543;

const TRANSACTION_POOLER: &str = "this looks like a transaction pooler (port 6543 on Supabase), \
    which keeps no session: use the direct connection or the session pooler (port 5432; dashboard: \
    Connect)";

const STARTUP_PARAMETER: &str = "this is PgBouncer, which refuses unknown startup parameters: add the \
    parameter to its `ignore_startup_parameters`, or use a connection without PgBouncer";

/// Returns whether these options lead to one of Supabase's transaction poolers. Only [`keeps_session`]
/// detects other poolers.
pub(crate) fn is_transaction_pooler(options: &PgConnectOptions) -> bool {
    let host = options
        .get_host()
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let is_shared = host.ends_with(".pooler.supabase.com");
    let is_dedicated = host.starts_with("db.") && host.ends_with(".supabase.co");
    options.get_socket().is_none()
        && options.get_port() == SUPABASE_PORT
        && (is_shared || is_dedicated)
}

/// Returns whether the URL contains `?pgbouncer=true`, which Prisma requires for a transaction pooler. sqlx
/// drops parameters that it does not know, so its options do not show it.
pub(crate) fn says_pgbouncer(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| {
        url.query_pairs()
            .any(|(key, value)| key == "pgbouncer" && value == "true")
    })
}

/// Explains an error that a pooler causes. Retrying helps with none of them.
pub(crate) fn explain(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::Database(error) => {
            advice(error.code().as_deref().unwrap_or_default(), error.message())
        }
        // A notification for another client, on a connection that does not listen.
        sqlx::Error::Protocol(text) => text
            .contains("NotificationResponse")
            .then_some(TRANSACTION_POOLER),
        _ => None,
    }
}

fn advice(code: &str, message: &str) -> Option<&'static str> {
    let has = |part: &str| message.contains(part);
    match code {
        // invalid_sql_statement_name, duplicate_prepared_statement
        "26000" | "42P05" if has("prepared statement") => Some(TRANSACTION_POOLER),
        // protocol_violation, by PgBouncer and by the server
        "08P01" if has("unsupported startup parameter") => Some(STARTUP_PARAMETER),
        "08P01" if has("prepared statement") || has("statement pooling") => {
            Some(TRANSACTION_POOLER)
        }
        _ => None,
    }
}

/// How often [`keeps_session`] probes. A busy transaction pooler with four connections gives the same one
/// again by chance in a quarter of all cases; an idle one always gives the last one, or always the next one.
const ROUNDS: usize = 3;

/// Returns whether each connection is a session of its own, in which a setting lasts from one statement to
/// the next. `false` is certain, `true` practically certain.
///
/// Both connections must be new, and must not be used by anything else in the meantime. This works through
/// any pooler, because it prepares nothing.
///
/// # Errors
///
/// If a connection fails.
pub(crate) async fn keeps_session(
    first: &mut PgConnection,
    second: &mut PgConnection,
) -> sqlx::Result<bool> {
    // One connection alone would not tell, because an idle pooler gives it the same server each time. But
    // such a pooler also gives the same server to another client, or the next one to the same client.
    let token = uuid::Uuid::now_v7().simple().to_string();
    let (server, _) = probe(first, Some(&token)).await?;
    for _ in 0..ROUNDS {
        let (other, _) = probe(second, None).await?;
        if other == server {
            return Ok(false);
        }
        // Twice, to detect a pooler that alternates between two servers.
        for _ in 0..2 {
            let (same, found) = probe(first, None).await?;
            // A pooler may give the same server but reset it in between.
            if same != server || found != token {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Returns whether consecutive statements may run in different sessions, because there is a transaction
/// pooler. Unless the options tell, probes two new connections.
///
/// # Errors
///
/// If a connection cannot be opened, or fails.
pub(crate) async fn is_pooled<E>(
    options: &PgConnectOptions,
    not_opened: impl Fn(sqlx::Error) -> E,
    failed: impl Fn(sqlx::Error) -> E,
) -> Result<bool, E> {
    if is_transaction_pooler(options) {
        return Ok(true);
    }
    let open = async || options.connect().await.map_err(&not_opened);
    let (mut first, mut second) = (open().await?, open().await?);
    let keeps_session = keeps_session(&mut first, &mut second).await;
    let keeps_session = keeps_session.map_err(&failed)?;
    // The server notices a connection that is gone.
    let _ = first.close().await;
    let _ = second.close().await;
    Ok(!keeps_session)
}

/// Returns the server process, and the token that was set in it.
async fn probe(connection: &mut PgConnection, token: Option<&str>) -> sqlx::Result<(i32, String)> {
    const ASK: &str = "select pg_catalog.pg_backend_pid() as server, \
        coalesce(pg_catalog.current_setting('supabase_task.probe', true), '') as token";
    let sql = match token {
        // The token was made here and has only hexadecimal digits.
        Some(token) => format!(
            "select pg_catalog.pg_backend_pid() as server, \
             pg_catalog.set_config('supabase_task.probe', '{token}', false) as token"
        ),
        None => ASK.to_owned(),
    };
    let row = connection.fetch_one(raw_sql(AssertSqlSafe(sql))).await?;
    Ok((row.try_get("server")?, row.try_get("token")?))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn a_transaction_pooler_of_supabase_is_known_by_its_url() {
        let is = |host: &str| {
            let url = format!("postgresql://me:pw@{host}/postgres");
            is_transaction_pooler(&PgConnectOptions::from_str(&url).unwrap())
        };
        for pooler in [
            "aws-0-eu-central-1.pooler.supabase.com:6543",
            "AWS-1-us-east-1.Pooler.supabase.com:6543",
            "db.abc.supabase.co:6543",
        ] {
            assert!(is(pooler), "{pooler}");
        }
        for other in [
            "aws-0-eu-central-1.pooler.supabase.com:5432",
            "aws-0-eu-central-1.pooler.supabase.com",
            "db.abc.supabase.co:5432",
            "abc.supabase.co:6543",
            "db.example.com:6543",
            "pooler.supabase.com.example.com:6543",
            "127.0.0.1:6543",
        ] {
            assert!(!is(other), "{other}");
        }
    }

    #[test]
    fn a_url_can_say_pgbouncer() {
        assert!(says_pgbouncer(
            "postgres://me:pw@host/db?sslmode=require&pgbouncer=true"
        ));
        assert!(!says_pgbouncer("postgres://me:pw@host/db?pgbouncer=false"));
        assert!(!says_pgbouncer("postgres://me:pw@host/pgbouncer=true"));
        assert!(!says_pgbouncer("no url"));
    }

    /// The texts are from PgBouncer 1.18 and PostgreSQL 15.
    #[test]
    fn errors_of_a_transaction_pooler_are_known() {
        for (code, message) in [
            ("26000", "prepared statement \"sqlx_s_3\" does not exist"),
            ("26000", "unnamed prepared statement does not exist"),
            ("42P05", "prepared statement \"sqlx_s_1\" already exists"),
            (
                "08P01",
                "bind message supplies 2 parameters, but prepared statement \"\" requires 1",
            ),
        ] {
            assert_eq!(advice(code, message), Some(TRANSACTION_POOLER), "{message}");
        }
        let startup = "unsupported startup parameter: extra_float_digits";
        assert_eq!(advice("08P01", startup), Some(STARTUP_PARAMETER));
        let notified = "execute: unexpected message: NotificationResponse";
        let notified = sqlx::Error::Protocol(notified.to_owned());
        assert_eq!(explain(&notified), Some(TRANSACTION_POOLER));

        for (code, message) in [
            ("42P01", "relation \"prepared statement\" does not exist"),
            ("08P01", "invalid message format"),
            (
                "57P01",
                "terminating connection due to administrator command",
            ),
        ] {
            assert_eq!(advice(code, message), None, "{message}");
        }
        assert_eq!(explain(&sqlx::Error::PoolTimedOut), None);
    }
}
