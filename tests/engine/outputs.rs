//! Outputs: how a task's return value reaches the caller that waits for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use supabase_task::RunStatus;
use supabase_task::engine::{RunHandle, WaitError};
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{Misdeed, echo, misbehave};

on_both_engines!(
    an_output_comes_back_as_its_type,
    a_handle_of_an_id_waits_like_the_first,
    many_can_wait_for_one_run,
    who_stops_waiting_changes_nothing,
    an_output_that_does_not_parse_is_told,
    an_output_that_cannot_be_written_fails_the_run,
    an_output_that_is_too_large_or_too_deep_fails_the_run,
    a_failure_comes_back_with_its_causes,
);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    title: String,
    total: i64,
    rows: Vec<Option<f64>>,
}

fn report() -> Report {
    Report {
        title: "größe \u{1F980} \"quoted\"".to_owned(),
        total: i64::MIN,
        rows: vec![Some(0.1), None],
    }
}

#[supabase_task(auth = "service")]
async fn make_report(_payload: (), _supabase: ServiceClient) -> TaskResult<Report> {
    Ok(report())
}

async fn an_output_comes_back_as_its_type(engine: Engine) {
    let _worker = engine.start();
    let handle = make_report::trigger(&engine.queue, ()).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), report());
    // Again, now that the output is stored.
    assert_eq!(soon(handle.wait()).await.unwrap(), report());
}

async fn a_handle_of_an_id_waits_like_the_first(engine: Engine) {
    let _worker = engine.start();
    let id = make_report::trigger(&engine.queue, ()).await.unwrap().id();
    let handle = RunHandle::<make_report>::of(&engine.queue, id);
    assert_eq!(soon(handle.wait()).await.unwrap(), report());
}

async fn many_can_wait_for_one_run(engine: Engine) {
    let handle = echo::trigger(&engine.queue, 5).await.unwrap();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move { soon(handle.wait()).await })
        })
        .collect();
    let _worker = engine.start();
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap().unwrap(), 5);
    }
}

async fn who_stops_waiting_changes_nothing(engine: Engine) {
    let handle = echo::trigger(&engine.queue, 5).await.unwrap();
    let waiting = std::time::Duration::from_millis(10);
    tokio::time::timeout(waiting, handle.wait())
        .await
        .unwrap_err();
    let _worker = engine.start();
    assert_eq!(soon(handle.wait()).await.unwrap(), 5);
}

/// Written as text, read as a number.
#[derive(Debug, Deserialize)]
struct Changed(#[expect(dead_code)] u32);

impl Serialize for Changed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("what it was last week")
    }
}

#[supabase_task(auth = "service")]
async fn change(_payload: (), _supabase: ServiceClient) -> TaskResult<Changed> {
    Ok(Changed(1))
}

async fn an_output_that_does_not_parse_is_told(engine: Engine) {
    let _worker = engine.start();
    let handle = change::trigger(&engine.queue, ()).await.unwrap();
    let error = soon(handle.wait()).await.unwrap_err();
    assert!(matches!(error, WaitError::Output { .. }));
    let text = error.to_string();
    assert!(text.contains(&handle.id().to_string()), "{text}");
    assert!(!text.contains("last week"), "{text}");
    assert_eq!(handle.status().await.unwrap(), RunStatus::Completed);
}

/// Has keys that JSON cannot have.
#[supabase_task(auth = "service", retry(max_attempts = 2, min = "10ms", max = "10ms"))]
async fn unwritable(_payload: (), _supabase: ServiceClient) -> TaskResult<BTreeMap<(u8, u8), u8>> {
    Ok(BTreeMap::from([((1, 2), 3)]))
}

async fn an_output_that_cannot_be_written_fails_the_run(engine: Engine) {
    let _worker = engine.start();
    let handle = unwritable::trigger(&engine.queue, ()).await.unwrap();
    let run = engine.finished(handle.id()).await;
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Failed, 1));
    let message = run.error.unwrap().message;
    assert!(message.contains("output of task `unwritable`"), "{message}");
}

/// Returns text of the given length, nested in the given number of arrays.
#[supabase_task(auth = "service", retry(max_attempts = 2, min = "10ms", max = "10ms"))]
async fn wrap(payload: (usize, usize), _supabase: ServiceClient) -> TaskResult<Value> {
    let (bytes, levels) = payload;
    let text = Value::from("x".repeat(bytes));
    Ok((0..levels).fold(text, |inner, _| json!([inner])))
}

async fn an_output_that_is_too_large_or_too_deep_fails_the_run(engine: Engine) {
    let _worker = engine.start();
    let deep = wrap::trigger(&engine.queue, (1, 100)).await.unwrap();
    soon(deep.wait()).await.unwrap();
    let largest = 10 * 1024 * 1024;
    for (payload, reason) in [((1, 101), "101 levels"), ((largest, 0), "into Storage")] {
        let handle = wrap::trigger(&engine.queue, payload).await.unwrap();
        let run = engine.finished(handle.id()).await;
        assert_eq!((run.status, run.attempts.len()), (RunStatus::Failed, 1));
        let message = run.error.unwrap().message;
        assert!(message.contains("output of task `wrap`"), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the plan could not be read")]
struct PlanError(#[source] std::num::ParseIntError);

#[supabase_task(auth = "service", retry(none))]
async fn read_plan(_payload: (), _supabase: ServiceClient) -> Result<u8, PlanError> {
    "x".parse().map_err(PlanError)
}

async fn a_failure_comes_back_with_its_causes(engine: Engine) {
    let _worker = engine.start();
    let handle = read_plan::trigger(&engine.queue, ()).await.unwrap();
    let error = soon(handle.wait()).await.unwrap_err();
    let WaitError::NotCompleted {
        run,
        task_id,
        status,
        error,
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((run, task_id.as_str()), (handle.id(), "read_plan"));
    assert_eq!(status, RunStatus::Failed);
    let failure = error.unwrap();
    assert_eq!(failure.message, "the plan could not be read");
    assert_eq!(failure.causes, ["invalid digit found in string"]);
    let other = misbehave::trigger(&engine.queue, Misdeed::Abort)
        .await
        .unwrap();
    let error = soon(other.wait()).await.unwrap_err();
    assert!(
        error.to_string().ends_with("is FAILED: never again"),
        "{error}"
    );
}
