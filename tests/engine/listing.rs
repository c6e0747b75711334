//! Runs that are looked up, listed, and triggered again.

use std::time::Duration;

use supabase_task::engine::RunFilter;
use supabase_task::prelude::*;
use supabase_task::task::RunId;
use supabase_task::{QueueError, RunHandle, RunStatus};

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{Misdeed, echo, flaky, gated, misbehave};

on_both_engines!(
    runs_are_listed_the_newest_first,
    runs_are_listed_by_task_status_and_tag,
    runs_are_listed_in_pages,
    a_replay_is_a_new_run_of_the_same,
    a_run_that_failed_can_be_replayed,
    a_run_that_is_not_there_is_told,
    statuses_are_trigger_devs,
    what_is_open_is_counted,
);

fn ids<T: Task>(handles: &[RunHandle<T>]) -> Vec<RunId> {
    handles.iter().map(|handle| handle.id()).collect()
}

async fn listed(engine: &Engine, filter: RunFilter) -> Vec<RunId> {
    let runs = engine.queue.runs(filter).await.unwrap();
    runs.iter().map(|run| run.id).collect()
}

async fn runs_are_listed_the_newest_first(engine: Engine) {
    let handles = echo::trigger_batch(&engine.queue, 0..30).await.unwrap();
    let mut expected = ids(&handles);
    expected.reverse();
    assert_eq!(listed(&engine, RunFilter::new()).await, expected[..25]);
    assert_eq!(listed(&engine, RunFilter::new().limit(100)).await, expected);
}

async fn runs_are_listed_by_task_status_and_tag(engine: Engine) {
    let plain = echo::trigger(&engine.queue, 1).await.unwrap().id();
    let tagged = echo::trigger(&engine.queue, 2).tags(["red", "blue"]);
    let tagged = tagged.await.unwrap().id();
    let cancelled = echo::trigger(&engine.queue, 3).tags(["red"]).await.unwrap();
    cancelled.cancel().await.unwrap();
    let cancelled = cancelled.id();
    let other = flaky::trigger(&engine.queue, 0)
        .tags(["blue"])
        .await
        .unwrap()
        .id();

    let all = RunFilter::new;
    assert_eq!(
        listed(&engine, all().task("echo")).await,
        [cancelled, tagged, plain]
    );
    assert_eq!(listed(&engine, all().task("none")).await, []);
    assert_eq!(listed(&engine, all().tag("red")).await, [cancelled, tagged]);
    assert_eq!(listed(&engine, all().tag("blue")).await, [other, tagged]);
    let queued = all().status(RunStatus::Queued);
    assert_eq!(listed(&engine, queued).await, [other, tagged, plain]);
    let both = all().status(RunStatus::Queued).status(RunStatus::Canceled);
    assert_eq!(
        listed(&engine, both).await,
        [other, cancelled, tagged, plain]
    );
    let narrow = all().task("echo").tag("red").status(RunStatus::Queued);
    assert_eq!(listed(&engine, narrow).await, [tagged]);
}

async fn runs_are_listed_in_pages(engine: Engine) {
    let handles = echo::trigger_batch(&engine.queue, 0..7).await.unwrap();
    let mut expected = ids(&handles);
    expected.reverse();
    let mut seen = Vec::new();
    let mut filter = RunFilter::new().limit(3);
    for size in [3, 3, 1, 0] {
        let page = listed(&engine, filter.clone()).await;
        assert_eq!(page.len(), size);
        if let Some(last) = page.last() {
            filter = filter.before(*last);
        }
        seen.extend(page);
    }
    assert_eq!(seen, expected);
}

async fn a_replay_is_a_new_run_of_the_same(engine: Engine) {
    let _worker = engine.start();
    let handle = echo::trigger(&engine.queue, 7)
        .tags(["a"])
        .metadata(json!({ "b": 1 }))
        .priority(3)
        .max_attempts(5)
        .idempotency_key("once")
        .await
        .unwrap();
    soon(handle.wait()).await.unwrap();
    let replay = handle.replay().await.unwrap();
    assert_ne!(replay.id(), handle.id());
    assert!(!replay.is_cached());
    assert_eq!(soon(replay.wait()).await.unwrap(), 7);
    let (first, second) = (
        handle.retrieve().await.unwrap(),
        replay.retrieve().await.unwrap(),
    );
    assert_eq!(second.payload.get(), first.payload.get());
    assert_eq!(
        (&second.tags, &second.metadata),
        (&first.tags, &first.metadata)
    );
    assert_eq!((second.priority, second.max_attempts), (3, 5));
    assert_eq!(second.principal, first.principal);
    let third = engine.queue.replay(handle.id()).await.unwrap();
    assert_eq!(engine.finished(third).await.status, RunStatus::Completed);
}

async fn a_run_that_failed_can_be_replayed(engine: Engine) {
    let _worker = engine.start();
    let handle = misbehave::trigger(&engine.queue, Misdeed::Abort)
        .await
        .unwrap();
    engine.finished(handle.id()).await;
    let replay = handle.replay().await.unwrap();
    assert_eq!(engine.finished(replay.id()).await.status, RunStatus::Failed);
    assert_eq!(handle.retrieve().await.unwrap().attempts.len(), 1);
}

async fn a_run_that_is_not_there_is_told(engine: Engine) {
    let id = RunId::from(uuid::Uuid::now_v7());
    let handle = RunHandle::<echo>::of(&engine.queue, id);
    let missing = |error: QueueError| {
        assert!(
            matches!(error, QueueError::NoSuchRun(run) if run == id),
            "{error:?}"
        );
        assert!(error.to_string().contains(&id.to_string()), "{error}");
    };
    missing(handle.retrieve().await.unwrap_err());
    missing(handle.status().await.unwrap_err());
    missing(handle.cancel().await.unwrap_err());
    missing(handle.replay().await.unwrap_err());
    missing(
        handle
            .reschedule(std::time::SystemTime::now())
            .await
            .unwrap_err(),
    );
    missing(soon(engine.queue.finished(id)).await.unwrap_err());
}

async fn statuses_are_trigger_devs(engine: Engine) {
    let hour = Duration::from_secs(3_600);
    let delayed = echo::trigger(&engine.queue, 1).delay(hour).await.unwrap();
    assert_eq!(delayed.status().await.unwrap().as_str(), "DELAYED");
    let _worker = engine.start();
    let completed = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(completed.wait()).await.unwrap();
    assert_eq!(completed.status().await.unwrap().as_str(), "COMPLETED");
    let timed_out = misbehave::trigger(&engine.queue, Misdeed::Hang)
        .await
        .unwrap();
    let status = engine.finished(timed_out.id()).await.status;
    assert_eq!(status.as_str(), "TIMED_OUT");
    let cancelled = delayed.cancel().await.unwrap();
    assert_eq!(cancelled.status.as_str(), "CANCELED");
}

async fn what_is_open_is_counted(engine: Engine) {
    let empty = engine.queue.stats().await.unwrap();
    assert_eq!(empty, Default::default());

    echo::trigger_batch(&engine.queue, 0..3).await.unwrap();
    for hours in [1, 2] {
        let delay = Duration::from_secs(hours * 3_600);
        echo::trigger(&engine.queue, 0).delay(delay).await.unwrap();
    }
    let canceled = echo::trigger(&engine.queue, 0).await.unwrap();
    canceled.cancel().await.unwrap();
    let _worker = engine.worker().tasks(["gated"]).start().unwrap();
    let held = gated::trigger(&engine.queue, "held".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    engine.reached(held.id(), RunStatus::Executing).await;

    let stats = engine.queue.stats().await.unwrap();
    let total = &stats.total;
    assert_eq!(
        (total.queued, total.due, total.delayed, total.executing),
        (3, 3, 2, 1)
    );
    assert_eq!((total.waiting, total.parked), (0, 0));
    let oldest = total.oldest_due.unwrap();
    assert!(std::time::SystemTime::from(oldest) <= std::time::SystemTime::now());
    assert_eq!(stats.by_task["echo"].queued, 3);
    assert_eq!(stats.by_task["echo"].executing, 0);
    assert_eq!(stats.by_queue["gated"].executing, 1);
    assert_eq!(stats.by_task.len(), 2);
    engine.gate.open(1);
    held.wait().await.unwrap();
}
