//! `Queue::drain`, `triggered` and `assert_triggered`, for the tests of applications.

use std::time::Duration;

use supabase_task::engine::{AttemptOutcome, Run};
use supabase_task::local::DrainError;
use supabase_task::prelude::*;
use supabase_task::{Queue, RunStatus, Supabase};

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{echo, flaky, gated, note};

on_both_engines!(
    a_drain_runs_what_is_due_and_all_that_it_triggers,
    a_drain_of_nothing_is_over_at_once,
    what_is_delayed_is_left_or_run_at_once,
    a_next_attempt_is_left_or_waited_for,
    a_drain_that_is_not_in_time_says_what_is_left,
    a_drain_whose_worker_cannot_start_says_why,
    what_was_triggered_has_its_types,
    an_assertion_shows_what_was_triggered_instead,
);

const HOUR: Duration = Duration::from_secs(3_600);

/// Waits for one child, and leaves another.
#[supabase_task(auth = "service")]
async fn two_echoes(payload: u64, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<u64> {
    ctx.trigger::<echo>(payload + 1).await?;
    Ok(ctx.trigger_and_wait::<echo>(payload).await?)
}

/// Its next attempt is an hour later.
#[supabase_task(auth = "service")]
async fn tomorrow(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Err(TaskError::retry_after(HOUR, "not today"))
}

fn ran(runs: &[Run]) -> Vec<(&str, RunStatus)> {
    let runs = runs.iter();
    runs.map(|run| (run.task_id.as_str(), run.status)).collect()
}

async fn a_drain_runs_what_is_due_and_all_that_it_triggers(engine: Engine) {
    let handle = two_echoes::trigger(&engine.queue, 7).await.unwrap();
    note::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    let runs = soon(engine.queue.drain(&engine.supabase)).await.unwrap();
    let completed = |id| (id, RunStatus::Completed);
    assert_eq!(
        ran(&runs),
        ["two_echoes", "note", "echo", "echo"].map(completed)
    );
    assert_eq!(soon(handle.wait()).await.unwrap(), 7);
    assert_eq!(engine.log.lines(), ["a"]);

    // What ran before is not reported again.
    note::trigger(&engine.queue, "b".to_owned()).await.unwrap();
    let runs = soon(engine.queue.drain(&engine.supabase)).await.unwrap();
    assert_eq!(ran(&runs), [completed("note")]);
    assert_eq!(engine.log.lines(), ["a", "b"]);
}

async fn a_drain_of_nothing_is_over_at_once(engine: Engine) {
    let runs = soon(engine.queue.drain(&engine.supabase)).await.unwrap();
    assert_eq!(ran(&runs), []);
}

async fn what_is_delayed_is_left_or_run_at_once(engine: Engine) {
    let label = "late".to_owned();
    let late = note::trigger(&engine.queue, label).delay(HOUR).await;
    let late = late.unwrap();
    let drain = || engine.queue.drain(&engine.supabase);
    assert_eq!(ran(&soon(drain()).await.unwrap()), []);
    assert_eq!(late.status().await.unwrap(), RunStatus::Delayed);

    let runs = soon(drain().with_delayed()).await.unwrap();
    assert_eq!(ran(&runs), [("note", RunStatus::Completed)]);
    assert_eq!(engine.log.lines(), ["late"]);
}

async fn a_next_attempt_is_left_or_waited_for(engine: Engine) {
    let drain = || engine.queue.drain(&engine.supabase);
    flaky::trigger(&engine.queue, 2).await.unwrap();
    let runs = soon(drain().with_retries()).await.unwrap();
    assert_eq!(ran(&runs), [("flaky", RunStatus::Completed)]);
    assert_eq!(runs[0].attempts.len(), 3);

    tomorrow::trigger(&engine.queue, ()).await.unwrap();
    let runs = soon(drain()).await.unwrap();
    assert_eq!(ran(&runs), [("tomorrow", RunStatus::Queued)]);
    assert_eq!(runs[0].attempts[0].outcome, AttemptOutcome::Failed);
    // Nothing happens to it any more, also if delayed runs are run at once.
    let runs = soon(drain().with_delayed()).await.unwrap();
    assert_eq!(ran(&runs), []);
    let short = Duration::from_millis(300);
    let error = soon(drain().with_retries().within(short)).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("QUEUED, 1 attempts, next attempt at"),
        "{error}"
    );
}

async fn a_drain_that_is_not_in_time_says_what_is_left(engine: Engine) {
    gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    let drain = engine.queue.drain(&engine.supabase);
    let error = soon(drain.within(Duration::from_secs(1))).await;
    let error = error.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("within 1s; open runs:\n  gated ")
    );
    let DrainError::NotInTime { left, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(left.len(), 1);
}

async fn a_drain_whose_worker_cannot_start_says_why(engine: Engine) {
    let without_keys = Supabase::builder().url("http://127.0.0.1:9");
    let supabase = without_keys.publishable_key("sb_publishable_of_nobody");
    let drain = engine.queue.drain(&supabase.build().unwrap());
    let error = soon(drain).await.unwrap_err();
    assert!(matches!(error, DrainError::Worker(_)), "{error}");
}

async fn what_was_triggered_has_its_types(engine: Engine) {
    let queue = &engine.queue;
    assert_eq!(queue.triggered::<echo>().await.unwrap(), [0; 0]);
    echo::trigger_batch(queue, 0..2_500).await.unwrap();
    note::trigger(queue, "a".to_owned()).await.unwrap();
    let all: Vec<u64> = (0..2_500).collect();
    assert_eq!(queue.triggered::<echo>().await.unwrap(), all);
    assert_eq!(queue.triggered::<note>().await.unwrap(), ["a"]);
    queue.assert_triggered::<note>(|text| text == "a").await;
    queue.assert_triggered::<echo>(|number| *number == 0).await;
}

async fn an_assertion_shows_what_was_triggered_instead(engine: Engine) {
    let refused = |queue: Queue| async move {
        let asserted = async move {
            let asserted = queue.assert_triggered::<echo>(|number| *number == 3);
            asserted.await;
        };
        let panic = tokio::spawn(asserted).await.unwrap_err().into_panic();
        let message = *panic.downcast::<String>().unwrap();
        let (message, place) = message.rsplit_once("\n(asserted at ").unwrap();
        assert!(place.contains("drained.rs:"), "{place}");
        message.to_owned()
    };
    assert_eq!(
        refused(engine.queue.clone()).await,
        "`echo` was not triggered, and nothing else was"
    );
    let label = "\"a\"\n".to_owned();
    note::trigger(&engine.queue, label).await.unwrap();
    assert_eq!(
        refused(engine.queue.clone()).await,
        "`echo` was not triggered, but:\n  note QUEUED \"\\\"a\\\"\\n\""
    );
    echo::trigger_batch(&engine.queue, 10..32).await.unwrap();
    let message = refused(engine.queue.clone()).await;
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "`echo` was triggered, but none of its 22 payloads matches:",
            "  … 2 more",
            "  echo QUEUED 12"
        ]
    );
    assert_eq!(lines.last(), Some(&"  echo QUEUED 31"));
}
