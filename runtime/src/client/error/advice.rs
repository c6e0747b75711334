//! Advice on what to do next, for failures with a known cause.

use std::fmt;

use super::failure::Failure;
use super::kind::ClientErrorKind;
use crate::auth::Principal;

/// Appends `; …` to an error's text, if there is any advice.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    failure: &Failure,
    identity: Option<Principal>,
    advice: Option<&str>,
) -> fmt::Result {
    if failure.kind != ClientErrorKind::Server {
        return Ok(());
    }
    let code = failure.code.as_deref().unwrap_or_default();
    if let ("42501" | "AccessDenied", Some(identity)) = (code, identity) {
        write!(f, "; ran as {identity}")?;
    }
    let message = failure.message.as_ref();
    if let Some(advice) = advice {
        return write!(f, "; {advice}");
    }
    let advice = match code {
        "42501" if message.contains("row-level security") => {
            "is there a policy that lets this identity do it?"
        }
        "AccessDenied" if message.contains("row-level security") => {
            "is there a policy on `storage.objects` that lets this identity do it?"
        }
        // A grant would let the grantee start any task as any user.
        "42501"
            if message.ends_with("for schema supabase_task")
                || message.ends_with("for function trigger") =>
        {
            "only the owner of the queue may call its functions, so grant nothing: if a table's trigger \
             called one, create the trigger with `supabase_task.trigger_on`; call other functions from your \
             own `security definer` function; to show users their runs, call \
             `supabase_task.let_users_see_their_runs()`"
        }
        "42501" if message.contains("set role") => {
            "is `authenticator` a member of the role? `roles sql` of your program prints the grant"
        }
        "42501" if matches!(identity, Some(Principal::Role { .. })) => {
            "declare it in the role's `#[role(…)]` and grant it: `roles check` of your program lists what is \
             missing"
        }
        "42501" => "a `grant` to its role is missing",
        "22023" if message.starts_with("role ") => {
            "does the role exist in this database? `roles sql` of your program prints the migration"
        }
        "42P01" | "PGRST205" => {
            "is the table there and its schema exposed? After a migration the API must reload its \
             schema: `notify pgrst, 'reload schema'`"
        }
        "PGRST106" => "expose the schema in the project's API settings",
        "42883" | "PGRST202" => {
            "is the function there with arguments of exactly these names? After a migration the \
             API must reload its schema: `notify pgrst, 'reload schema'`"
        }
        "PGRST116" => match failure.rows_found() {
            Some(0) => "if there may be no row, call `maybe_single`",
            Some(_) => "add a filter that leaves one row, or call `rows`",
            None => "`single` needs exactly one row",
        },
        "NoSuchBucket" => "is there a bucket of this id, and may this identity see it?",
        "InvalidKey" => {
            "a Storage path can contain only ASCII letters, digits and `_/!-.*'() &$@=;:+,?`"
        }
        "57014" => "the statement took longer than the role's `statement_timeout` allows",
        "PGRST301" => {
            "the project does not accept the token: does the signing key or JWT secret belong to this \
             project?"
        }
        "PGRST302" => "the server refuses requests without a token",
        "PGRST303" => "do the clocks of this machine and the server agree?",
        _ if message == "Invalid API key" => "are the key and the URL of the same project?",
        _ => return Ok(()),
    };
    write!(f, "; {advice}")
}
