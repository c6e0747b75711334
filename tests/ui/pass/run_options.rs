//! The attribute's options for running a task, as values.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::task::{
    CatchError, HookContext, QueueOptions, RetryPolicy, ScheduleOptions, TaskOptions,
};

#[derive(Serialize, Deserialize)]
struct SendMail {
    team: u64,
    to: String,
}

/// All options at once, except for the schedule.
#[supabase_task(
    auth = "service",
    id = "send-mail",
    retry(max_attempts = 5, factor = 1.8, min = "500ms", max = "1h52m18s", jitter = false),
    max_duration = "1d12h",
    queue(name = "mail", concurrency_limit = 5),
    concurrency_key = payload.team,
    ttl = "2w",
    priority = 10,
    on_start = started,
    on_success = sent,
    on_failure = failed,
    on_complete = done,
    catch_error = judge
)]
async fn send_mail(payload: SendMail, supabase: ServiceClient) -> TaskResult<u64> {
    supabase.rpc("send_mail", &json!({ "to": payload.to })).await?;
    Ok(payload.team)
}

async fn started(hook: HookContext<'_, send_mail>) {
    println!("{}: {}", hook.context().run_id(), hook.payload().to);
}

async fn sent(_hook: HookContext<'_, send_mail>, team: &u64) -> TaskResult<()> {
    println!("for team {team}");
    Ok(())
}

async fn failed(_hook: HookContext<'_, send_mail>, error: &TaskError) -> anyhow::Result<()> {
    println!("{error}");
    Ok(())
}

async fn done(
    _hook: HookContext<'_, send_mail>,
    result: Result<&u64, &TaskError>,
) -> Result<(), std::fmt::Error> {
    println!("{}", result.is_ok());
    Ok(())
}

async fn judge(hook: HookContext<'_, send_mail>, _error: &TaskError) -> CatchError {
    match hook.payload().to.is_empty() {
        true => CatchError::SkipRetrying,
        false => CatchError::Default,
    }
}

#[supabase_task(auth = "service", schedule = "*/15 9-17 * JAN-NOV MON-FRI", timezone = "Europe/Berlin")]
async fn by_day(tick: Tick, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().lt("due", tick.timestamp.to_rfc3339()).await?;
    Ok(())
}

#[supabase_task(auth = "anon", schedule = "@daily")]
async fn by_nickname(_payload: (), supabase: AnonClient) -> TaskResult<()> {
    supabase.from("visits").delete().eq("day", "today").await?;
    Ok(())
}

// The 30th exists in other months, Sundays in every one.
#[supabase_task(auth = "service", schedule = "0 0 30 2,3 *", timezone = "UTC")]
async fn on_the_thirtieth(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

#[supabase_task(auth = "service", schedule = "0 0 30 2 7")]
async fn on_sundays(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

#[supabase_task(auth = "service", retry(none), queue = "mail")]
async fn once(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

#[supabase_task(auth = "service", retry(factor = 2), queue(concurrency_limit = 1))]
async fn one_by_one(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

mod digest {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "user", queue(concurrency_limit = 3,), concurrency_key = user_id, user = user_id)]
    pub async fn run(user_id: UserId, supabase: UserClient) -> TaskResult<()> {
        supabase.from("digests").delete().eq("reader", user_id).await?;
        Ok(())
    }
}

#[supabase_task(auth = "service")]
async fn plain(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {
    let mail = SendMail {
        team: 7,
        to: String::new(),
    };
    assert_eq!(
        send_mail::OPTIONS,
        TaskOptions::new()
            .retry(
                RetryPolicy::new()
                    .max_attempts(5)
                    .factor(1.8)
                    .min(Duration::from_millis(500))
                    .max(Duration::from_secs(3600 + 52 * 60 + 18))
                    .jitter(false)
            )
            .max_duration(Duration::from_secs(36 * 3600))
            .queue(QueueOptions::named("mail").concurrency_limit(5))
            .ttl(Duration::from_secs(14 * 24 * 3600))
            .priority(10)
    );
    assert_eq!(send_mail::concurrency_key(&mail).as_deref(), Some("7"));
    assert!(send_mail::scheduled(Tick::at(std::time::UNIX_EPOCH)).is_none());

    let schedule = ScheduleOptions::cron("*/15 9-17 * JAN-NOV MON-FRI").timezone("Europe/Berlin");
    assert_eq!(by_day::OPTIONS, TaskOptions::new().schedule(schedule));
    let tick = Tick::at(std::time::UNIX_EPOCH);
    assert_eq!(by_day::scheduled(tick.clone()), Some(tick.clone()));
    let schedule = ScheduleOptions::cron("@daily");
    assert_eq!(by_nickname::OPTIONS, TaskOptions::new().schedule(schedule));
    assert_eq!(by_nickname::scheduled(tick.clone()), Some(()));
    assert!(on_the_thirtieth::OPTIONS.schedule_options().is_some());
    assert!(on_sundays::OPTIONS.schedule_options().is_some());

    let mail = TaskOptions::new().queue(QueueOptions::named("mail"));
    assert_eq!(once::OPTIONS, mail.retry(RetryPolicy::none()));
    assert_eq!(
        one_by_one::OPTIONS,
        TaskOptions::new().queue(QueueOptions::named("one_by_one").concurrency_limit(1))
    );
    assert_eq!(
        digest::run::OPTIONS,
        TaskOptions::new().queue(QueueOptions::named("digest").concurrency_limit(3))
    );
    assert_eq!(plain::OPTIONS, TaskOptions::new());
    assert_eq!(plain::concurrency_key(&()), None);
}
