//! Checks the connection to the project's database.

use crate::cli::database::DatabaseUrl;
use crate::cli::database_error::DatabaseError;
use crate::cli::error::CommandError;
use crate::cli::report::Report;
use crate::reach::{Encryption, keeps_session};

const ENCRYPTION: &str = "encryption";
const SESSION: &str = "session";

/// Returns whether the connection may be opened. It is refused if it may be unencrypted.
pub(super) fn encryption(report: &mut Report, url: &DatabaseUrl) -> Result<bool, CommandError> {
    match url.encryption() {
        Ok(Encryption::Local) => report.good(
            ENCRYPTION,
            "the connection to the database does not leave this machine",
        )?,
        Ok(Encryption::Verified) => report.good(
            ENCRYPTION,
            "the connection to the database is encrypted, and the server's certificate is checked",
        )?,
        Ok(Encryption::Weak(problem)) => report.bad(ENCRYPTION, problem)?,
        Err(error) => {
            report.refused(ENCRYPTION, error)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns whether connections keep a session, which a check of the queue's tables needs.
pub(super) async fn session(report: &mut Report, url: &DatabaseUrl) -> Result<bool, CommandError> {
    const NONE: &str = "the database is reached through a transaction pooler, which keeps no session: \
        this is enough for a program that only triggers, but a worker needs the direct connection or the \
        session pooler (port 5432; dashboard: Connect)";
    // Not tested with a query, which makes a setting that such a pooler passes on to others.
    if url.is_transaction_pooler()? {
        report.bad(SESSION, NONE)?;
        return Ok(false);
    }
    match keeps(url).await {
        Ok(true) => {
            report.good(
                SESSION,
                "each connection keeps its session, as workers need",
            )?;
            return Ok(true);
        }
        Ok(false) => report.bad(SESSION, NONE)?,
        Err(error) => report.bad(SESSION, error)?,
    }
    Ok(false)
}

async fn keeps(url: &DatabaseUrl) -> Result<bool, DatabaseError> {
    let mut first = url.connect("supabase-task check").await?;
    let mut second = url.connect("supabase-task check").await?;
    let keeps = keeps_session(&mut first, &mut second).await;
    keeps.map_err(DatabaseError::Query)
}
