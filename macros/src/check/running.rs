//! How the task is run: retries, limits, queue, schedule, hooks. Each value has been checked by
//! itself; this checks their combinations.

use super::arguments::Arguments;
use super::over_payload;
use crate::errors::Errors;
use crate::model::{Hook, HookKind, OverPayload, Running, Schedule};
use crate::options::{Given, Options};
use crate::values::{Mode, ModeKind};

pub(super) fn check<'a>(
    options: &'a Options,
    mode: Option<Mode>,
    arguments: Option<&Arguments<'a>>,
    errors: &mut Errors,
) -> Option<Running<'a>> {
    let schedule = schedule(options, mode, errors);
    let concurrency_key = concurrency_key(options, arguments, errors);
    errors.is_empty().then(|| Running {
        retry: Given::value_of(&options.retry),
        max_duration: Given::value_of(&options.max_duration).map(|given| given.duration),
        queue: Given::value_of(&options.queue),
        concurrency_key,
        schedule,
        ttl: Given::value_of(&options.ttl).map(|given| given.duration),
        priority: Given::value_of(&options.priority).map(|given| given.0),
        hooks: hooks(options),
    })
}

fn schedule<'a>(
    options: &'a Options,
    mode: Option<Mode>,
    errors: &mut Errors,
) -> Option<Schedule<'a>> {
    let Some(given) = &options.schedule else {
        if let Some(timezone) = &options.timezone {
            errors.at(
                timezone.key,
                "`timezone` is for a schedule, and this task has none: add \
                 `schedule = \"0 3 * * *\"`, or leave it out",
            );
        }
        return None;
    };
    if mode.is_some_and(|mode| mode.kind == ModeKind::User) {
        errors.at(
            given.key,
            "a schedule has no user to act as: write `auth = \"service\"` and call \
             `ServiceClient::act_as`, or trigger this task for each user from a scheduled one",
        );
    }
    Some(Schedule {
        line: &given.value.as_ref()?.0,
        timezone: Given::value_of(&options.timezone).map(|timezone| &timezone.0),
    })
}

fn concurrency_key<'a>(
    options: &'a Options,
    arguments: Option<&Arguments<'a>>,
    errors: &mut Errors,
) -> Option<OverPayload<'a>> {
    let given = options.concurrency_key.as_ref()?;
    if options.queue.is_none() {
        errors.at(
            given.key,
            "`concurrency_key` applies the queue's limit to each key separately: set the limit, as \
             in `queue(concurrency_limit = 1)`",
        );
    }
    let expression = &given.value.as_ref()?.0;
    over_payload::check("concurrency_key", expression, arguments?, errors)
}

fn hooks(options: &Options) -> Vec<Hook<'_>> {
    let given = [
        (HookKind::Start, &options.on_start),
        (HookKind::Success, &options.on_success),
        (HookKind::Failure, &options.on_failure),
        (HookKind::Complete, &options.on_complete),
        (HookKind::CatchError, &options.catch_error),
    ];
    given
        .into_iter()
        .filter_map(|(kind, hook)| {
            let path = &Given::value_of(hook)?.0;
            Some(Hook { kind, path })
        })
        .collect()
}
