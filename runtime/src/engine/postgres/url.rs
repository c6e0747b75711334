//! The URL of a queue's database.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::engine::QueueError;
use crate::reach;

/// Parses the URL into connection options.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, QueueError> {
    let parsed = match reach::is_ambiguous(url) {
        true => None,
        false => PgConnectOptions::from_str(url).ok(),
    };
    let options = parsed.ok_or_else(|| {
        // The error does not quote the URL: the invalid part may be its password.
        QueueError::InvalidOption(
            "the database's URL is invalid: it looks like \
             `postgresql://postgres:PASSWORD@db.PROJECT.supabase.co:5432/postgres\
             ?sslmode=verify-full&sslrootcert=prod-ca-2021.crt` (dashboard: Connect, \
             \"Direct connection\" or \"Session pooler\"), with special characters of the \
             password percent-encoded"
                .to_owned(),
        )
    })?;
    Ok(options
        .application_name("supabase-task")
        // PgBouncer refuses connections with this parameter, and no number of the queue needs it.
        .extra_float_digits(None))
}
