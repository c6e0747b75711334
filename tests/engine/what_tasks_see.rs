//! What is stored with a run, and what its task sees of it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use supabase_task::auth::Principal;
use supabase_task::engine::TriggerOptions;
use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;
use supabase_task::{QueueError, RunStatus};
use supabase_task_tests::user;

use crate::support::{Engine, on_both_engines, soon};

on_both_engines!(
    a_task_sees_what_it_was_triggered_with,
    a_run_without_options_has_a_trace_of_its_own,
    who_it_acts_as_is_stored_and_nothing_secret,
    who_it_acts_as_is_checked_when_it_is_triggered,
    a_task_can_be_triggered_by_its_id,
    a_payload_that_does_not_parse_is_refused_when_it_is_triggered,
    a_task_that_is_not_there_is_refused_with_those_that_are,
    options_out_of_range_are_refused,
    a_scheduled_task_can_be_triggered_by_hand,
);

/// Returns what it sees of its run.
#[supabase_task(auth = "service")]
async fn mirror(_payload: (), _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<Value> {
    Ok(json!({
        "task_id": ctx.task_id(),
        "run_id": ctx.run_id().to_string(),
        "attempt": ctx.attempt(),
        "max_attempts": ctx.max_attempts(),
        "tags": ctx.tags(),
        "metadata": ctx.metadata(),
        "idempotency_key": ctx.idempotency_key(),
        "parent": ctx.parent_run_id().map(|id| id.to_string()),
        "trace_id": ctx.trace_id(),
        "created_at": ctx.created_at().timestamp_micros(),
    }))
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

async fn a_task_sees_what_it_was_triggered_with(engine: Engine) {
    let _worker = engine.start();
    let metadata = json!({ "plan": "pro", "seats": 3, "nested": { "a": [1, null] } });
    let handle = mirror::trigger(&engine.queue, ())
        .tags(["import", "größe"])
        .tags(["third"])
        .metadata(&metadata)
        .idempotency_key("key-1")
        .max_attempts(9)
        .trace_id(TRACE)
        .await
        .unwrap();
    let seen = soon(handle.wait()).await.unwrap();
    let run = handle.retrieve().await.unwrap();
    let expected = json!({
        "task_id": "mirror",
        "run_id": handle.id().to_string(),
        "attempt": 1,
        "max_attempts": 9,
        "tags": ["import", "größe", "third"],
        "metadata": metadata,
        "idempotency_key": "key-1",
        "parent": null,
        "trace_id": TRACE,
        "created_at": run.created_at.timestamp_micros(),
    });
    assert_eq!(seen, expected);
    assert_eq!(run.tags, ["import", "größe", "third"]);
    assert_eq!(Value::Object(run.metadata), metadata);
    assert_eq!((run.trace_id.as_str(), run.parent), (TRACE, None));
    assert_eq!(run.queue, "mirror");
}

async fn a_run_without_options_has_a_trace_of_its_own(engine: Engine) {
    let first = mirror::trigger(&engine.queue, ()).await.unwrap();
    let second = mirror::trigger(&engine.queue, ()).await.unwrap();
    let traces = [
        first.retrieve().await.unwrap().trace_id,
        second.retrieve().await.unwrap().trace_id,
    ];
    assert_ne!(traces[0], traces[1]);
    for trace in traces {
        assert_eq!(trace.len(), 32);
        assert!(trace.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Greet {
    user_id: UserId,
    name: String,
}

#[supabase_task(auth = "user")]
async fn greet(payload: Greet, _supabase: UserClient) -> TaskResult<String> {
    Ok(format!("hello {}", payload.name))
}

async fn who_it_acts_as_is_stored_and_nothing_secret(engine: Engine) {
    let _worker = engine.start();
    let name = "ann".to_owned();
    let user_id = user(1);
    let handle = greet::trigger(&engine.queue, Greet { user_id, name })
        .await
        .unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), "hello ann");
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.principal, Some(Principal::User(user_id)));
    let text = format!("{run:?}");
    assert!(
        !text.contains("of_nobody") && !text.contains("of-nobody"),
        "{text}"
    );
    assert!(!text.contains("eyJ"), "{text}");
}

async fn who_it_acts_as_is_checked_when_it_is_triggered(engine: Engine) {
    let payload = json!({ "user_id": "ann", "name": "ann" });
    let refused = engine
        .queue
        .trigger("greet", payload, TriggerOptions::new())
        .await;
    let error = refused.unwrap_err();
    assert!(matches!(error, QueueError::Payload(_)));
    assert!(error.to_string().contains("at `user_id`"), "{error}");
    assert!(
        engine
            .queue
            .runs(Default::default())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_task_can_be_triggered_by_its_id(engine: Engine) {
    let _worker = engine.start();
    let payload = json!({ "user_id": user(2), "name": "bob" });
    let options = TriggerOptions::new().tags(["by-id"]);
    let id = engine
        .queue
        .trigger("greet", payload, options)
        .await
        .unwrap();
    let run = engine.finished(id).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(run.output.unwrap().get(), "\"hello bob\"");
    assert_eq!(run.principal, Some(Principal::User(user(2))));
    assert_eq!(run.tags, ["by-id"]);
}

async fn a_payload_that_does_not_parse_is_refused_when_it_is_triggered(engine: Engine) {
    for payload in [
        json!({ "user_id": user(1), "name": 7 }),
        json!("greet"),
        Value::Null,
    ] {
        let refused = engine
            .queue
            .trigger("greet", payload, TriggerOptions::new())
            .await;
        let error = refused.unwrap_err();
        assert!(matches!(error, QueueError::Payload(_)));
        assert!(
            error.to_string().contains("payload of task `greet`"),
            "{error}"
        );
    }
    assert!(
        engine
            .queue
            .runs(Default::default())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_task_that_is_not_there_is_refused_with_those_that_are(engine: Engine) {
    let refused = engine
        .queue
        .trigger("great", Value::Null, TriggerOptions::new())
        .await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("no task `great`"), "{text}");
    assert!(
        linked_tasks().all(|task| text.contains(task.id())),
        "{text}"
    );
}

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

async fn options_out_of_range_are_refused(engine: Engine) {
    let trigger = || mirror::trigger(&engine.queue, ());
    let long = "k".repeat(2_049);
    let refused = [
        (trigger().max_attempts(0), "max_attempts"),
        (trigger().max_attempts(251), "max_attempts"),
        (trigger().idempotency_key(""), "idempotency key"),
        (trigger().idempotency_key(long), "idempotency key"),
        (trigger().tags(["x"; 11]), "tags"),
        (trigger().idempotency_key("a\0b"), "NUL"),
        (trigger().tags(["x".repeat(129)]), "tag"),
        (trigger().tags(["a\0b"]), "NUL"),
        (trigger().metadata("text"), "metadata"),
        (trigger().metadata(json!({ "a": ["\0"] })), "NUL"),
        (
            trigger().concurrency_key("k".repeat(257)),
            "concurrency key",
        ),
        (trigger().concurrency_key("a\0b"), "NUL"),
        (trigger().delay(YEAR + SECOND), "delay"),
        (trigger().ttl(YEAR + SECOND), "ttl"),
        (trigger().run_at(SystemTime::now() + 2 * YEAR), "run_at"),
        (trigger().priority(u32::MAX), "priority"),
        (trigger().trace_id("not hexadecimal"), "trace"),
    ];
    for (trigger, what) in refused {
        let error = trigger.await.unwrap_err();
        assert!(matches!(error, QueueError::InvalidOption(_)), "{what}");
        assert!(error.to_string().contains(what), "{error}");
    }
    assert!(
        engine
            .queue
            .runs(Default::default())
            .await
            .unwrap()
            .is_empty()
    );
}

/// Too far away to fire during a test.
#[supabase_task(auth = "service", schedule = "0 0 29 2 *")]
async fn leap_day(tick: Tick, _supabase: ServiceClient) -> TaskResult<Tick> {
    Ok(tick)
}

async fn a_scheduled_task_can_be_triggered_by_hand(engine: Engine) {
    let _worker = engine.start();
    let tick = Tick::at(SystemTime::now());
    let handle = leap_day::trigger(&engine.queue, tick.clone())
        .await
        .unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), tick);
}
