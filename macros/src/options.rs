//! The attribute's options.

mod list;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};

use crate::errors::Errors;
use crate::values::{
    CratePath, CronLine, HookPath, HumanDuration, KeyExpr, Mode, Priority, Queue, Retry, RoleType,
    TaskId, TimeZone, UserExpr,
};
use crate::{size, suggest};

pub(crate) use list::{Given, options, parse_into, parse_list, parse_nested, parse_option};

// A new option is one line here, and a type in `values` if none fits.
options! {
    /// The options of one `#[supabase_task(…)]`, each at most once.
    pub(crate) struct Options {
        /// Which identity the task runs as.
        "auth" => auth: Mode,
        /// The task's id, instead of the function's name.
        "id" => id: TaskId,
        /// The role that a task with `auth = "role"` runs as.
        "role" => role: RoleType,
        /// The user, instead of `payload.user_id`.
        "user" => user: UserExpr,
        /// Whether and when a failed attempt is retried.
        "retry" => retry: Retry,
        /// How long an attempt may take.
        "max_duration" => max_duration: HumanDuration,
        /// The queue that its runs wait in, and how many may run at once.
        "queue" => queue: Queue,
        /// The key whose runs share a limit.
        "concurrency_key" => concurrency_key: KeyExpr,
        /// When the task runs automatically.
        "schedule" => schedule: CronLine,
        /// The schedule's time zone.
        "timezone" => timezone: TimeZone,
        /// How long a run may wait to start.
        "ttl" => ttl: HumanDuration,
        /// By how many seconds its runs go ahead of others.
        "priority" => priority: Priority,
        /// Called before a run's first attempt.
        "on_start" => on_start: HookPath,
        /// Called when a run succeeded.
        "on_success" => on_success: HookPath,
        /// Called when a run failed for good.
        "on_failure" => on_failure: HookPath,
        /// Called after a run, however it ended.
        "on_complete" => on_complete: HookPath,
        /// Called when an attempt failed; decides what happens next.
        "catch_error" => catch_error: HookPath,
        /// The path of the runtime crate, if it was renamed.
        "crate" => crate_path: CratePath,
    }
}

/// Common wrong names of options: the names, the option that is meant, and what to write instead.
const SYNONYMS: &[(&[&str], Option<&str>, &str)] = &[
    (&["name"], Some("id"), "write `id = \"…\"`"),
    (
        &["attempts", "max_attempts", "max_retries", "retries"],
        Some("retry"),
        "write `retry(max_attempts = 3)`",
    ),
    (
        &["backoff"],
        Some("retry"),
        "write `retry(factor = 2.0, min = \"1s\", max = \"1m\")`",
    ),
    (
        &["timeout"],
        Some("max_duration"),
        "write `max_duration = \"5m\"`",
    ),
    (
        &["concurrency", "concurrency_limit"],
        Some("queue"),
        "write `queue(concurrency_limit = 5)`",
    ),
    (
        &["cron"],
        Some("schedule"),
        "write `schedule = \"0 3 * * *\"`",
    ),
    (
        &["tz"],
        Some("timezone"),
        "write `timezone = \"Europe/Berlin\"`",
    ),
    (
        &["on_error"],
        Some("catch_error"),
        "write `catch_error` to decide what comes next, or `on_failure` to hear of it",
    ),
    (&["on_finish"], Some("on_complete"), "write `on_complete`"),
    (
        &["delay", "idempotency_key", "metadata", "run_at", "tags"],
        None,
        "it belongs to a run, so set it on `my_task::trigger(&queue, payload)`",
    ),
];

impl Options {
    /// Reads all options; every mistake goes to `errors`.
    pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        if let Err(error) = size::check_attribute(attribute.clone()) {
            options.assume_given(Some("auth"), error.span());
            errors.push(error);
            return options;
        }
        let result =
            (|input: ParseStream<'_>| parse_list(input, errors, |input| options.parse_next(input)))
                .parse2(attribute);
        if let Err(error) = result {
            errors.push(error);
        }
        options
    }

    fn parse_next(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let mut mode_alone = None;
        let wrong = |token: &TokenTree| match mode_literal(token) {
            Some(mode) => {
                mode_alone = Some(token.span());
                format!("write `auth = \"{mode}\"`")
            }
            None => format!("expected an option such as `auth = \"user\"`, found `{token}`"),
        };
        let result = parse_option(input, wrong, |key, input| {
            match self.parse_one(key, input) {
                Some(outcome) => outcome,
                None => Err(self.unknown(&key.to_string(), key.span())),
            }
        });
        if let Some(place) = mode_alone {
            self.assume_given(Some("auth"), place);
        }
        result
    }

    fn unknown(&mut self, key: &str, span: Span) -> syn::Error {
        let options = suggest::list(Self::NAMES);
        let synonym = SYNONYMS.iter().find(|(words, ..)| words.contains(&key));
        let (meant, message) = if Mode::parse_word(key).is_some() {
            (Some("auth"), format!("write `auth = \"{key}\"`"))
        } else if let Some((_, meant, remedy)) = synonym {
            (*meant, format!("unknown option `{key}`: {remedy}"))
        } else if let Some(near) = suggest::nearest(key, Self::NAMES) {
            let message =
                format!("unknown option `{key}`; did you mean `{near}`? (options: {options})");
            (Some(near), message)
        } else {
            (None, format!("unknown option `{key}` (options: {options})"))
        };
        self.assume_given(meant, span);
        syn::Error::new(span, message)
    }

    /// Marks as given an option that was meant here and that others need: reporting it as missing
    /// would be a second error for one mistake.
    fn assume_given(&mut self, option: Option<&str>, key: Span) {
        match option {
            Some("auth") => {
                self.auth.get_or_insert(Given { key, value: None });
            }
            Some("queue") => {
                self.queue.get_or_insert(Given { key, value: None });
            }
            Some("schedule") => {
                self.schedule.get_or_insert(Given { key, value: None });
            }
            _ => {}
        }
    }
}

/// The mode in `"user"` alone, without a key.
fn mode_literal(token: &TokenTree) -> Option<String> {
    let tokens = match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => group.stream(),
        other => TokenStream::from(other.clone()),
    };
    let literal = syn::parse2::<syn::LitStr>(tokens).ok()?.value();
    Mode::parse_word(&literal).map(|_| literal)
}
