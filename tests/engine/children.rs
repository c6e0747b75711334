//! Runs that trigger others.

use serde::{Deserialize, Serialize};
use supabase_task::engine::{QueueError, RunFilter, WaitError};
use supabase_task::prelude::*;
use supabase_task::task::RunId;
use supabase_task::{RunHandle, RunStatus};

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{Misdeed, echo, gated, misbehave};

on_both_engines!(
    a_parent_gets_what_its_child_returns,
    a_parent_gets_what_all_its_children_return,
    a_childs_failure_is_an_error_of_the_parents,
    a_child_knows_its_parent_and_has_its_trace,
    while_it_waits_a_parent_is_waiting_and_holds_no_place,
    parents_that_fill_their_workers_places_do_not_block,
    a_parent_and_its_child_in_a_queue_of_one_do_not_block,
    a_parent_that_is_cancelled_while_it_waits_ends,
    what_is_run_without_a_queue_cannot_trigger,
);

/// What a child knows about its parent, as text.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    parent: Option<String>,
    trace_id: String,
}

#[supabase_task(auth = "service")]
async fn see(_payload: (), _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<Seen> {
    Ok(Seen {
        parent: ctx.parent_run_id().map(|id| id.to_string()),
        trace_id: ctx.trace_id().to_owned(),
    })
}

#[supabase_task(auth = "service", retry(none))]
async fn doubled(payload: u64, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<u64> {
    let first = ctx.trigger_and_wait::<echo>(payload).await?;
    let second = ctx.trigger_and_wait::<echo>(payload).await?;
    Ok(first + second)
}

async fn a_parent_gets_what_its_child_returns(engine: Engine) {
    let _worker = engine.start();
    let handle = doubled::trigger(&engine.queue, 21).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 42);
    let children = engine
        .queue
        .runs(RunFilter::new().task("echo"))
        .await
        .unwrap();
    assert_eq!(children.len(), 2);
    assert!(children.iter().all(|run| run.parent == Some(handle.id())));
}

/// Returns the sum of the children that succeed, and the errors of the others.
#[supabase_task(auth = "service", retry(none))]
async fn summed(
    payload: Vec<u64>,
    _supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<(u64, Vec<String>)> {
    let (mut sum, mut errors) = (0, Vec::new());
    for output in ctx.trigger_batch_and_wait::<even>(payload).await? {
        match output {
            Ok(number) => sum += number,
            Err(WaitError::NotCompleted { error, .. }) => errors.push(error.unwrap().message),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((sum, errors))
}

#[supabase_task(auth = "service", retry(none))]
async fn even(payload: u64, _supabase: ServiceClient) -> TaskResult<u64> {
    match payload % 2 {
        0 => Ok(payload),
        _ => Err(TaskError::abort(format!("{payload} is odd"))),
    }
}

async fn a_parent_gets_what_all_its_children_return(engine: Engine) {
    let _worker = engine.worker().concurrency(2).start().unwrap();
    let numbers = (0..100).collect();
    let handle = summed::trigger(&engine.queue, numbers).await.unwrap();
    let (sum, errors) = soon(handle.wait()).await.unwrap();
    assert_eq!(sum, (0..100).step_by(2).sum::<u64>());
    let expected = (1..100).step_by(2).map(|n| format!("{n} is odd"));
    assert_eq!(errors, expected.collect::<Vec<_>>());
}

#[supabase_task(auth = "service", retry(none))]
async fn told_of(_payload: (), _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<String> {
    match ctx.trigger_and_wait::<misbehave>(Misdeed::Abort).await {
        Err(WaitError::NotCompleted { status, error, .. }) => {
            Ok(format!("{status}: {}", error.unwrap().message))
        }
        other => Err(TaskError::abort(format!("{other:?}"))),
    }
}

#[supabase_task(auth = "service", retry(none))]
async fn falls_with(_payload: (), _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<()> {
    Ok(ctx.trigger_and_wait::<misbehave>(Misdeed::Abort).await?)
}

async fn a_childs_failure_is_an_error_of_the_parents(engine: Engine) {
    let _worker = engine.start();
    let handle = told_of::trigger(&engine.queue, ()).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), "FAILED: never again");
    let handle = falls_with::trigger(&engine.queue, ()).await.unwrap();
    let run = engine.finished(handle.id()).await;
    assert_eq!(run.status, RunStatus::Failed);
    let message = run.error.unwrap().message;
    assert!(
        message.contains("`misbehave` is FAILED: never again"),
        "{message}"
    );
}

#[supabase_task(auth = "service", retry(none))]
async fn family(
    _payload: (),
    _supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<(Seen, String)> {
    let waited_for = ctx.trigger_and_wait::<see>(()).tags(["child"]).await?;
    let left_alone = ctx.trigger::<see>(()).tags(["child"]).await?;
    Ok((waited_for, left_alone.id().to_string()))
}

async fn a_child_knows_its_parent_and_has_its_trace(engine: Engine) {
    let _worker = engine.start();
    let handle = family::trigger(&engine.queue, ()).await.unwrap();
    let (waited_for, left_alone) = soon(handle.wait()).await.unwrap();
    let expected = Seen {
        parent: Some(handle.id().to_string()),
        trace_id: handle.retrieve().await.unwrap().trace_id,
    };
    assert_eq!(waited_for, expected);
    let left_alone: RunId = left_alone.parse().unwrap();
    let left_alone = RunHandle::<see>::of(&engine.queue, left_alone);
    assert_eq!(soon(left_alone.wait()).await.unwrap(), expected);
    let run = left_alone.retrieve().await.unwrap();
    assert_eq!(
        (run.parent, run.tags),
        (Some(handle.id()), vec!["child".to_owned()])
    );
}

#[supabase_task(auth = "service", retry(none))]
async fn parent(label: String, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<u32> {
    Ok(ctx.trigger_and_wait::<gated>(label).await?)
}

async fn while_it_waits_a_parent_is_waiting_and_holds_no_place(engine: Engine) {
    let _worker = engine.worker().concurrency(2).start().unwrap();
    let handle = parent::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    engine.reached(handle.id(), RunStatus::Waiting).await;
    // The child occupies one of the two slots.
    let other = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(other.wait()).await.unwrap(), 1);
    engine.gate.open(1);
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.attempts.len(), 1);
}

async fn parents_that_fill_their_workers_places_do_not_block(engine: Engine) {
    let _worker = engine.worker().concurrency(1).start().unwrap();
    let handles = doubled::trigger_batch(&engine.queue, 0..10).await.unwrap();
    for (n, handle) in handles.iter().enumerate() {
        assert_eq!(soon(handle.wait()).await.unwrap(), 2 * n as u64);
    }
}

#[supabase_task(
    auth = "service",
    retry(none),
    queue(name = "one-family", concurrency_limit = 1)
)]
async fn countdown(payload: u32, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<u32> {
    match payload {
        0 => Ok(0),
        n => Ok(ctx.trigger_and_wait::<countdown>(n - 1).await? + 1),
    }
}

async fn a_parent_and_its_child_in_a_queue_of_one_do_not_block(engine: Engine) {
    let _worker = engine.worker().concurrency(1).start().unwrap();
    let handles = countdown::trigger_batch(&engine.queue, [4, 4])
        .await
        .unwrap();
    for handle in handles {
        assert_eq!(soon(handle.wait()).await.unwrap(), 4);
    }
}

async fn a_parent_that_is_cancelled_while_it_waits_ends(engine: Engine) {
    let _worker = engine.worker().concurrency(1).start().unwrap();
    let handle = parent::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    engine.reached(handle.id(), RunStatus::Waiting).await;
    handle.cancel().await.unwrap();
    engine
        .eventually(handle.id(), |run| !run.attempts.is_empty())
        .await;
    // The child is a run of its own.
    engine.gate.open(1);
    let child = engine
        .queue
        .runs(RunFilter::new().task("gated"))
        .await
        .unwrap();
    assert_eq!(
        engine.finished(child[0].id).await.status,
        RunStatus::Completed
    );
    assert_eq!(handle.status().await.unwrap(), RunStatus::Canceled);
    // And no slot was lost.
    let other = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(other.wait()).await.unwrap(), 1);
}

async fn what_is_run_without_a_queue_cannot_trigger(engine: Engine) {
    let error = doubled::run(&engine.supabase, 1).await.unwrap_err();
    let said = error.downcast_ref::<WaitError>();
    assert!(
        matches!(said, Some(WaitError::Queue(QueueError::NoQueue))),
        "{error:?}"
    );
}
