//! What to do next, for the failures whose cause is known.

use std::fmt;

use super::{ClientErrorKind, Failure};
use crate::auth::Principal;

/// What to do next, where the call knows better than the code of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// The server knows batches of broadcasts alone.
    OldRealtime,
    QueuesNotExposed,
    NoSuchQueue,
    QueueNotGranted,
}

impl Advice {
    fn text(self) -> &'static str {
        match self {
            Self::OldRealtime => {
                "a single message needs a Realtime server of version 2.97 or newer: update the \
                 Supabase CLI or the server, or send it by `broadcast_batch`"
            }
            Self::QueuesNotExposed => {
                "is the integration Queues on, and \"Expose Queues via PostgREST\" in its settings?"
            }
            Self::NoSuchQueue => "is there a queue of this name?",
            Self::QueueNotGranted => {
                "a user's client needs the queue's grants and a policy on its table `pgmq.q_…`"
            }
        }
    }
}

/// Appends `; …` to an error's text, where there is something to say.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    failure: &Failure,
    identity: Option<Principal>,
) -> fmt::Result {
    if failure.kind != ClientErrorKind::Server {
        return Ok(());
    }
    let code = failure.code.as_deref().unwrap_or_default();
    if let ("42501" | "AccessDenied", Some(identity)) = (code, identity) {
        write!(f, "; ran as {identity}")?;
    }
    let message = failure.message.as_ref();
    if let Some(advice) = failure.advice {
        return write!(f, "; {}", advice.text());
    }
    let advice = match code {
        "42501" if message.contains("row-level security") => {
            "is there a policy that lets this identity do it?"
        }
        "AccessDenied" if message.contains("row-level security") => {
            "is there a policy on `storage.objects` that lets this identity do it?"
        }
        // A grant would let everybody who has it start any task as any user.
        "42501"
            if message.ends_with("for schema supabase_task")
                || message.ends_with("for function trigger") =>
        {
            "only the owner of the queue may call its functions, so grant nothing: if a trigger of the table \
             called one, make it with `supabase_task.trigger_on`; call others from a `security definer` function of \
             yours; and `supabase_task.let_users_see_their_runs()` shows users their runs"
        }
        "42501" => "a `grant` to its role is missing",
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
            Some(0) => "if there may be none, call `maybe_single`",
            Some(_) => "add a filter that leaves one row, or call `rows`",
            None => "`single` needs exactly one row",
        },
        "NoSuchBucket" => "is there a bucket of this id, and may this identity see it?",
        "InvalidKey" => {
            "Storage takes letters and digits of ASCII and `_/!-.*'() &$@=;:+,?` in a path"
        }
        "57014" => "the statement took longer than the role's `statement_timeout` allows",
        "PGRST301" => {
            "the project does not accept the token: is the signing key or JWT secret that of this \
             project?"
        }
        "PGRST302" => "the server lets nobody in without a token",
        "PGRST303" => "do the clocks of this machine and the server agree?",
        _ if message == "Invalid API key" => "are the key and the URL of the same project?",
        _ => return Ok(()),
    };
    write!(f, "; {advice}")
}
