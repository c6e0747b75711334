//! Where the queue's database is, and whether the connection to it is protected.

use sqlx::postgres::PgConnectOptions;

use crate::engine::QueueError;
use crate::reach::{self, Encryption};

/// Parses the URL into connection options.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, QueueError> {
    reach::options(url).map_err(|problem| QueueError::InvalidOption(problem.to_owned()))
}

/// Assesses a connection before it is opened.
///
/// # Errors
///
/// If it crosses the internet and may be unencrypted, unless `allow_unencrypted` is set.
pub(crate) fn assess(
    options: &PgConnectOptions,
    allow_unencrypted: bool,
) -> Result<Encryption, QueueError> {
    reach::assess(options, allow_unencrypted).map_err(|problem| {
        QueueError::InvalidOption(format!(
            "{problem}. To connect all the same, where something else protects the connection: \
             `PostgresOptions::allow_unencrypted(true)`, or `--allow-unencrypted` on the command line"
        ))
    })
}

/// Assesses a connection as [`assess`] does, and logs a warning if it is weak.
pub(super) fn check(options: &PgConnectOptions, allow_unencrypted: bool) -> Result<(), QueueError> {
    if let Encryption::Weak(problem) = assess(options, allow_unencrypted)? {
        tracing::warn!("{problem}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_names_the_way_out() {
        let options = options("postgresql://me:hunter2@db.abc.supabase.co/postgres").unwrap();
        let refused = assess(&options, false).unwrap_err().to_string();
        assert!(refused.contains("allow_unencrypted"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
