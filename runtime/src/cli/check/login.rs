//! Checks what the login of the tasks' database may do: the roles that tasks run as, and nothing else.
//!
//! Every transaction can go back to the login's own role (`reset role`), so SQL that somebody injects into a task
//! can do whatever the login may.

mod findings;
mod powers;

use std::collections::BTreeSet;

use sqlx::postgres::PgConnectOptions;

use self::findings::findings;
use self::powers::Powers;
use super::Report;
use super::project::role_of_users;
use crate::Supabase;
use crate::auth::AuthKind;
use crate::cli::database;
use crate::cli::error::CommandError;
use crate::reach;
use crate::task::linked_tasks;

const LOGIN: &str = "tasks' login";

/// Checks the login, if a linked task takes a database.
pub(super) async fn check(
    report: &mut Report,
    options: &PgConnectOptions,
    supabase: &Supabase,
) -> Result<(), CommandError> {
    let roles = roles(supabase)?;
    if roles.is_empty() {
        return Ok(());
    }
    let options = options
        .clone()
        .application_name("supabase-task check")
        .statement_cache_capacity(0);
    let mut connection = match database::connect(options, "SUPABASE_DB_URL").await {
        Ok(connection) => connection,
        Err(error) => return report.bad(LOGIN, error),
    };
    let powers = match Powers::read(&mut connection, &roles).await {
        Ok(powers) => powers,
        Err(error) => {
            let error = reach::said(&error);
            return report.bad(
                LOGIN,
                format_args!("the database's catalog cannot be read: {error}"),
            );
        }
    };
    let findings = findings(&powers);
    for finding in &findings {
        report.bad(LOGIN, finding)?;
    }
    if findings.is_empty() {
        report.good(LOGIN, powers.as_needed())?;
    }
    Ok(())
}

/// The roles that tasks with a database run as.
fn roles(supabase: &Supabase) -> Result<BTreeSet<String>, CommandError> {
    let tasks = linked_tasks().filter(|task| task.takes_database());
    let roles = tasks.filter_map(|task| match task.auth() {
        AuthKind::User => Some(role_of_users(supabase).map_err(CommandError::from)),
        AuthKind::Service => Some(Ok("service_role".to_owned())),
        AuthKind::Anon => Some(Ok("anon".to_owned())),
        AuthKind::Role => Some(Ok(task.role()?.as_str().to_owned())),
    });
    roles.collect()
}
