//! Which runs a worker takes, and why a worker may not start.

use supabase_task::engine::WorkerError;
use supabase_task::prelude::*;
use supabase_task::{RunStatus, Worker};

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{echo, gated, note};

on_both_engines!(
    a_worker_with_fewer_tasks_leaves_the_others_alone,
    a_worker_of_some_queues_leaves_the_others_alone,
    what_is_triggered_before_there_is_a_worker_waits,
    a_task_or_a_queue_that_is_not_there_is_told_at_the_start,
    a_secret_that_is_missing_is_told_at_the_start,
);

async fn a_worker_with_fewer_tasks_leaves_the_others_alone(engine: Engine) {
    let worker = engine
        .worker()
        .tasks(["echo"])
        .concurrency(1)
        .start()
        .unwrap();
    let other = note::trigger(&engine.queue, "other".to_owned())
        .await
        .unwrap();
    let mine = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(mine.wait()).await.unwrap(), 1);
    let run = other.retrieve().await.unwrap();
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Queued, 0));
    soon(worker.shutdown()).await.unwrap();
    let _all = engine.start();
    soon(other.wait()).await.unwrap();
}

#[supabase_task(auth = "service", queue = "mail")]
async fn send_mail(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

async fn a_worker_of_some_queues_leaves_the_others_alone(engine: Engine) {
    let _worker = engine.worker().queues(["mail", "echo"]).start().unwrap();
    let other = gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    let mail = send_mail::trigger(&engine.queue, ()).await.unwrap();
    let echo = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(mail.wait()).await.unwrap();
    soon(echo.wait()).await.unwrap();
    assert_eq!(other.status().await.unwrap(), RunStatus::Queued);
}

async fn what_is_triggered_before_there_is_a_worker_waits(engine: Engine) {
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.status, RunStatus::Queued);
    assert_eq!(run.status.to_string(), "QUEUED");
    assert!(run.started_at.is_none() && run.finished_at.is_none());
    let _worker = engine.start();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

async fn a_task_or_a_queue_that_is_not_there_is_told_at_the_start(engine: Engine) {
    let error = engine.worker().tasks(["ecko"]).start().unwrap_err();
    assert!(matches!(error, WorkerError::Setup(_)));
    assert!(error.to_string().contains("`ecko`"), "{error}");
    let error = engine.worker().queues(["male"]).start().unwrap_err();
    assert!(error.to_string().contains("`male`"), "{error}");
}

async fn a_secret_that_is_missing_is_told_at_the_start(engine: Engine) {
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_of_nobody")
        .needs(supabase_task::AuthKind::Anon)
        .build()
        .unwrap();
    let error = Worker::new(&engine.queue, &supabase).start().unwrap_err();
    assert!(matches!(error, WorkerError::Config(_)), "{error:?}");
}
