//! The URL of the project's database.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Why a text is no URL of a database. It does not quote the URL: the invalid part may be its password.
const INVALID: &str = "the database's URL is invalid: it looks like \
     `postgresql://postgres:PASSWORD@db.PROJECT.supabase.co:5432/postgres\
     ?sslmode=verify-full&sslrootcert=prod-ca-2021.crt` (dashboard: Connect, \
     \"Direct connection\" or \"Session pooler\"), with special characters of the \
     password percent-encoded";

/// Parses the URL into connection options, or says what a URL looks like.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, &'static str> {
    let parsed = match super::is_ambiguous(url) {
        true => None,
        false => PgConnectOptions::from_str(url).ok(),
    };
    Ok(parsed
        .ok_or(INVALID)?
        .application_name("supabase-task")
        // PgBouncer refuses connections with this parameter, and no number of this library needs it.
        .extra_float_digits(None))
}
