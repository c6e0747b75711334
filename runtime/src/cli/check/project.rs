//! Checks how the project answers each identity.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::configuration::Configuration;
use crate::auth::{AuthKind, AuthMode, Principal, Privilege, linked_roles};
use crate::cli::error::CommandError;
use crate::cli::report::Report;
use crate::client::{Client, ClientError, UserClient};
use crate::engine::{TaskEntry, linked_tasks};
use crate::{ServiceClient, Supabase, UserId};

const PROJECT: &str = "project";
const PUBLISHABLE: &str = "publishable key";
const SECRET: &str = "secret key";
const TOKEN: &str = "user token";
const ROLE: &str = "role token";

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(15);

/// A table that almost certainly does not exist. Only accepted identities learn that it is missing.
const NO_TABLE: &str = "supabase_task_check";

/// A user that almost certainly does not exist: a token needs one, but nothing is read or written as them.
const NOBODY: uuid::Uuid = uuid::Uuid::from_u128(0x8f2d_6f3e_5b0a_4c61_9d7e_3a54_c1b8_e902);

/// Sends a request to the project as each identity that has keys.
pub(super) async fn check(
    report: &mut Report,
    configuration: &Configuration,
    supabase: &Supabase,
) -> Result<(), CommandError> {
    let answers = match configuration.config.publishable_key {
        Some(_) => ask(&limited(supabase.anon_client()?)).await,
        None => ask(&limited(supabase.service_client()?)).await,
    };
    if let Err(error) = &answers
        && !is_about_credentials(error)
    {
        report.bad(PROJECT, error)?;
        for name in [PUBLISHABLE, SECRET, TOKEN] {
            report.skipped(name, "the project does not answer as a Supabase project")?;
        }
        return Ok(());
    }
    report.good(PROJECT, format_args!("{} answers", supabase.url()))?;
    publishable_key(report, configuration, &answers)?;
    secret_key(report, configuration, supabase).await?;
    user_token(report, configuration, supabase, answers.is_ok()).await?;
    match answers {
        Ok(()) => role_tokens(report, configuration, supabase).await,
        // The line about users' tokens says why.
        Err(_) => Ok(()),
    }
}

fn publishable_key(
    report: &mut Report,
    configuration: &Configuration,
    answer: &Result<(), ClientError>,
) -> Result<(), CommandError> {
    let Some(key) = &configuration.config.publishable_key else {
        return report.skipped(PUBLISHABLE, without(configuration, AuthKind::Anon));
    };
    match answer {
        Ok(()) => report.good(
            PUBLISHABLE,
            format_args!("{}, which this project accepts", key.kind()),
        ),
        Err(error) => report.bad(PUBLISHABLE, error),
    }
}

/// Only the service role may list users.
async fn secret_key(
    report: &mut Report,
    configuration: &Configuration,
    supabase: &Supabase,
) -> Result<(), CommandError> {
    let Some(key) = &configuration.config.secret_key else {
        return report.skipped(SECRET, without(configuration, AuthKind::Service));
    };
    let client: ServiceClient = limited(supabase.service_client()?);
    match client.auth_admin().list_users().per_page(1).await {
        Ok(_) => report.good(
            SECRET,
            format_args!("{}: accepted for the service role", key.kind()),
        ),
        Err(error) => report.bad(SECRET, error),
    }
}

async fn user_token(
    report: &mut Report,
    configuration: &Configuration,
    supabase: &Supabase,
    is_let_in: bool,
) -> Result<(), CommandError> {
    if !configuration.modes.contains(&AuthKind::User) {
        return report.skipped(TOKEN, without(configuration, AuthKind::User));
    }
    if !is_let_in {
        return report.skipped(TOKEN, "the project does not accept the publishable key");
    }
    let client = limited(supabase.user_client(UserId::from(NOBODY))?);
    let variable = signing_variable(configuration);
    match ask(&client).await {
        Ok(()) => report.good(
            TOKEN,
            format_args!(
                "the project accepts a token signed with {variable}, as `{}`",
                role(&client)
            ),
        ),
        Err(error) if error.code() == Some("PGRST303") => report.bad(TOKEN, error),
        Err(error) if is_about_credentials(&error) => report.bad(
            TOKEN,
            format_args!(
                "the project refuses tokens signed with {variable}, which is not its own: the \
                 dashboard shows the JWT secret and the signing keys under Settings > JWT Keys, \
                 and a secret that was rotated out or revoked there no longer signs valid tokens \
                 ({error})"
            ),
        ),
        Err(error) => report.bad(TOKEN, error),
    }
}

/// One line for each role that a task of this program runs as. It reads no row of a table that the role
/// may read, because a table that does not exist is reported before the role is.
async fn role_tokens(
    report: &mut Report,
    configuration: &Configuration,
    supabase: &Supabase,
) -> Result<(), CommandError> {
    let roles: BTreeSet<_> = linked_tasks().filter_map(TaskEntry::role).collect();
    let variable = signing_variable(configuration);
    for role in roles {
        let declared = linked_roles().filter(|entry| entry.name() == role.as_str());
        let mut grants = declared.flat_map(|entry| entry.grants());
        let Some(grant) = grants.find(|grant| grant.privilege == Privilege::Select) else {
            let text =
                format!("`{role}` declares nothing to read: run `supabase-task roles check`");
            report.skipped(ROLE, text)?;
            continue;
        };
        let principal = Principal::Role { role, user: None };
        let deadline = Instant::now() + LONGEST;
        let schema = supabase
            .project
            .schema_as(principal, grant.schema, deadline)?;
        let columns = match grant.columns {
            [] => "*".to_owned(),
            columns => columns.join(","),
        };
        let asked = schema.from(grant.table).select(&columns).limit(0);
        match asked.execute::<Value>().await {
            Ok(_) => report.good(
                ROLE,
                format_args!("the project accepts a token signed with {variable}, as `{role}`"),
            )?,
            Err(error) => report.bad(ROLE, format_args!("`{role}`: {error}"))?,
        }
    }
    Ok(())
}

/// Checks whether the project accepts an identity.
async fn ask<M: AuthMode>(client: &Client<M>) -> Result<(), ClientError> {
    let asked = client.from(NO_TABLE).select("*").limit(1);
    match asked.execute::<Value>().await {
        Ok(_) => Ok(()),
        Err(error) if is_let_in(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the error is only about the table: it does not exist, may not be read, or is not exposed.
fn is_let_in(error: &ClientError) -> bool {
    match error.code() {
        Some("PGRST205" | "42P01" | "PGRST106") => true,
        Some("42501") => !error.message().contains("set role"),
        _ => false,
    }
}

/// Whether the project was reached, and did not accept the key or the token.
fn is_about_credentials(error: &ClientError) -> bool {
    matches!(error.status(), Some(401 | 403))
}

fn limited<M: AuthMode>(client: Client<M>) -> Client<M> {
    client
        .with_retries(false)
        .with_deadline(Instant::now() + LONGEST)
}

/// The database role of users.
#[cfg(feature = "sql")]
pub(super) fn role_of_users(supabase: &Supabase) -> Result<String, crate::ConfigError> {
    Ok(role(&supabase.user_client(UserId::from(NOBODY))?))
}

/// The role that a user's token names.
fn role(client: &UserClient) -> String {
    let claims = || {
        let token = client.access_token().ok()?;
        let claims = token.expose_secret().split('.').nth(1)?.to_owned();
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        Some(claims.get("role")?.as_str()?.to_owned())
    };
    claims().unwrap_or_default()
}

fn signing_variable(configuration: &Configuration) -> &'static str {
    let mut variables = configuration.variables.iter().copied();
    variables
        .find(|name| name.contains("JWT"))
        .unwrap_or("the key")
}

/// Why there is nothing to check.
fn without(configuration: &Configuration, mode: AuthKind) -> String {
    if linked_tasks().next().is_none() {
        return format!("nothing is set for {mode} tasks");
    }
    debug_assert!(!configuration.modes.contains(&mode));
    format!("no task of this program runs as `{mode}`, so it is not read")
}
